import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { minutes, Secret } from '../../kernel/index.ts'
import { createRateLimiter, rateLimitPolicy, type RateLimiter } from './index.ts'

const hasRedis = spawnSync('redis-server', ['--version']).status === 0
if (!hasRedis) {
  process.stderr.write('\n  ⚠ SKIPPED: rate limits on Redis (no redis-server on this machine)\n\n')
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function startRedis(port: number): Promise<ChildProcess> {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '']
  const child = spawn('redis-server', [...settings, '--appendonly', 'no'], { stdio: 'pipe' })
  for await (const chunk of child.stdout ?? []) {
    if (String(chunk).includes('Ready to accept connections')) break
  }
  return child
}

async function stopRedis(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

describe.skipIf(!hasRedis)('rate limiter on Redis', () => {
  let port: number
  let server: ChildProcess
  let inspector: Redis
  const limiters: RateLimiter[] = []
  const fallbacks: unknown[] = []

  const connect = () => {
    const limiter = createRateLimiter({
      redis: new Secret(`redis://127.0.0.1:${port}`),
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
    port = await findFreePort()
    server = await startRedis(port)
    inspector = new Redis(port, '127.0.0.1')
    inspector.on('error', () => undefined)
  })

  afterAll(async () => {
    inspector.disconnect()
    for (const limiter of limiters) await limiter.close()
    await stopRedis(server)
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

    await stopRedis(server)
    const away = []
    for (let i = 0; i < 3; i++) away.push((await limiter.consume(policy, 'a')).allowed)
    const reported = fallbacks.length
    server = await startRedis(port)
    await untilConnected(limiter)
    await limiter.consume(policy, 'a')

    expect(away).toEqual([true, true, false])
    expect(reported).toBe(3)
    expect(await inspector.keys('*outage*')).toHaveLength(1)
  }, 20_000)
})
