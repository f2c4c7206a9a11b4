import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasRedis, type RedisServer, startRedis } from '../../../test/support/redis-server.ts'
import { minutes, Secret } from '../../kernel/index.ts'
import { createRateLimiter, rateLimitPolicy, type RateLimiter } from './index.ts'

describe.skipIf(!hasRedis)('rate limiter on Redis', () => {
  let server: RedisServer
  let inspector: Redis
  const limiters: RateLimiter[] = []
  const fallbacks: unknown[] = []

  const connect = (options: { maxKeys?: number } = {}) => {
    const limiter = createRateLimiter({
      ...options,
      redis: new Secret(server.url),
      onFallback: (_, error) => fallbacks.push(error),
    })
    limiters.push(limiter)
    return limiter
  }

  /** Until the connection stands, decisions are made in memory. */
  const untilConnected = async (limiter: RateLimiter) => {
    const probe = rateLimitPolicy({ name: 'probe', limit: 1000, window: minutes(1) })
    for (let before = -1; before !== fallbacks.length; ) {
      before = fallbacks.length
      await limiter.consume(probe, 'probe')
      if (before !== fallbacks.length) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    fallbacks.length = 0
  }

  beforeAll(async () => {
    server = await startRedis()
    inspector = new Redis(server.url)
    inspector.on('error', () => undefined)
  })

  afterAll(async () => {
    inspector.disconnect()
    for (const limiter of limiters) await limiter.close()
    await server.kill()
  })

  it('counts exactly for two nodes with 50 parallel requests', async () => {
    const policy = rateLimitPolicy({ name: 'shared', limit: 20, window: minutes(1) })
    const first = connect()
    const second = connect()
    for (const node of [first, second]) await untilConnected(node)

    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        (i % 2 === 0 ? first : second).consume(policy, 'ben@acme.test'),
      ),
    )

    expect(results.filter((result) => result.allowed)).toHaveLength(20)
    expect(results.filter((result) => result.resetSeconds === 60)).toHaveLength(50)
    expect(fallbacks).toEqual([])
  })

  it('keeps no personal data in Redis, and every key expires', async () => {
    const policy = rateLimitPolicy({ name: 'private', limit: 20, window: minutes(1) })
    const limiter = connect()
    await untilConnected(limiter)
    await limiter.consume(policy, 'ben@acme.test')

    const keys = await inspector.keys('*private*')

    expect(keys).toHaveLength(1)
    expect(keys[0]).toMatch(/^cs:rl:private:[A-Za-z0-9_-]{22}$/)
    expect(await inspector.ttl(keys[0] ?? '')).toBeGreaterThan(50)
  })

  it('limits in memory while Redis is away and returns to it', async () => {
    const policy = rateLimitPolicy({ name: 'outage', limit: 2, window: minutes(1) })
    const limiter = connect()
    await untilConnected(limiter)

    await server.kill()
    const away = []
    for (let i = 0; i < 3; i++) away.push((await limiter.consume(policy, 'a')).allowed)
    const reported = fallbacks.length
    await server.restart()
    await untilConnected(limiter)
    await limiter.consume(policy, 'a')

    expect(away).toEqual([true, true, false])
    expect(reported).toBe(3)
    expect(await inspector.keys('*outage*')).toHaveLength(1)
  }, 20_000)

  it('gives nothing back that this node has counted when Redis was emptied (I7)', async () => {
    const policy = rateLimitPolicy({ name: 'flushed', limit: 3, window: minutes(1) })
    const limiter = connect()
    await untilConnected(limiter)
    for (let i = 0; i < 2; i++) await limiter.consume(policy, 'a')

    await inspector.flushall()
    const after = []
    for (let i = 0; i < 2; i++) after.push(await limiter.consume(policy, 'a'))

    expect(after.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 0],
      [false, 0],
    ])
    expect(fallbacks).toEqual([])
  })

  it('refuses nobody for a counter of the memory that many keys share', async () => {
    const policy = rateLimitPolicy({ name: 'crowded', limit: 1, window: minutes(1) })
    const limiter = connect({ maxKeys: 1 })
    await untilConnected(limiter)

    const results = []
    for (let i = 0; i < 1500; i++) results.push(await limiter.consume(policy, `crowd-${i}`))

    expect(results.filter((result) => !result.allowed)).toEqual([])
  })
})
