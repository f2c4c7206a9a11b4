import { createSecretKey } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { minutes, Secret, seconds } from '../../kernel/index.ts'
import { createBoundedMemoryLimiter } from './bounded-memory-limiter.ts'
import { createRateLimiter, rateLimitPolicy } from './index.ts'
import { hashRateLimitKey } from './rate-limit-key.ts'

const policy = rateLimitPolicy({ name: 'login', limit: 3, window: minutes(1) })

afterEach(() => {
  vi.useRealTimers()
})

describe('rate limiter in memory', () => {
  it('lets the limit pass and refuses the next', async () => {
    const limiter = createRateLimiter()

    const results = []
    for (let i = 0; i < 4; i++) results.push(await limiter.consume(policy, 'ip:1'))

    expect(results.map((result) => result.allowed)).toEqual([true, true, true, false])
    expect(results.map((result) => result.remaining)).toEqual([2, 1, 0, 0])
    expect(results.every((result) => result.limit === 3 && result.resetSeconds === 60)).toBe(true)
  })

  it('counts keys and policies apart', async () => {
    const limiter = createRateLimiter()
    const other = rateLimitPolicy({ ...policy, name: 'register', limit: 1 })

    for (let i = 0; i < 4; i++) await limiter.consume(policy, 'ip:1')

    expect((await limiter.consume(policy, 'ip:2')).allowed).toBe(true)
    expect((await limiter.consume(other, 'ip:1')).allowed).toBe(true)
  })

  it('is exact under 50 parallel requests', async () => {
    const limiter = createRateLimiter()
    const requests = Array.from({ length: 50 }, () => limiter.consume(policy, 'ip:1'))

    const results = await Promise.all(requests)

    expect(results.filter((result) => result.allowed)).toHaveLength(3)
  })

  it('takes several points at once', async () => {
    const limiter = createRateLimiter()

    expect((await limiter.consume(policy, 'a', 2)).remaining).toBe(1)
    expect((await limiter.consume(policy, 'a', 2)).allowed).toBe(false)
  })

  it('starts again when the window has passed', async () => {
    vi.useFakeTimers()
    const limiter = createRateLimiter()
    for (let i = 0; i < 4; i++) await limiter.consume(policy, 'ip:1')

    vi.advanceTimersByTime(59_000)
    expect(await limiter.consume(policy, 'ip:1')).toMatchObject({ allowed: false, resetSeconds: 1 })
    vi.advanceTimersByTime(1_001)
    expect((await limiter.consume(policy, 'ip:1')).allowed).toBe(true)
  })

  it('refuses a policy that is out of range at its first use', async () => {
    const limiter = createRateLimiter()

    await expect(limiter.consume({ ...policy, limit: 0 }, 'a')).rejects.toThrow(RangeError)
  })
})

describe('bounded memory', () => {
  const start = new Date('2030-01-01T00:00:00Z').getTime()

  function make(maxKeys: number) {
    let now = start
    const clock = { now: () => new Date(now) }
    const hash = (key: string) => hashRateLimitKey(key, undefined)
    const limiter = createBoundedMemoryLimiter({ points: 3, duration: 60, maxKeys, clock, hash })
    return {
      limiter,
      consume: async (key: string) => (await limiter.consume(key, 1)).consumedPoints,
      advance: (duration: { milliseconds: number }) => {
        now += duration.milliseconds
      },
    }
  }

  it('keeps no more counters than its bound, however many keys come', async () => {
    const { limiter, consume } = make(100)

    for (let i = 0; i < 2000; i++) await consume(`key ${i}`)

    expect(limiter.size()).toBe(100)
  })

  it('does not forget a counter because new keys come', async () => {
    const { consume } = make(100)
    await consume('mine')

    for (let i = 0; i < 2000; i++) await consume(`key ${i}`)

    expect(await consume('mine')).toBe(2)
  })

  it('still limits keys beyond the bound', async () => {
    const { consume } = make(1)
    await consume('first')

    for (let i = 1; i <= 5; i++) expect(await consume('second')).toBe(i)
  })

  it('has room again when windows have passed', async () => {
    const { limiter, consume, advance } = make(2)
    await consume('a')
    await consume('b')

    advance(seconds(61))
    await consume('c')

    expect(limiter.size()).toBe(1)
  })
})

describe('rate limiter without its Redis', () => {
  it('goes on in memory, refuses beyond the limit and reports each time', async () => {
    const reports: string[] = []
    const limiter = createRateLimiter({
      redis: new Secret('redis://127.0.0.1:1'),
      onFallback: (name, error) => reports.push(`${name} ${error instanceof Error}`),
    })

    const results = []
    for (let i = 0; i < 4; i++) results.push((await limiter.consume(policy, 'ip:1')).allowed)
    await limiter.close()

    expect(results).toEqual([true, true, true, false])
    expect(reports).toEqual(Array.from({ length: 4 }, () => 'login true'))
  })
})

describe('hashRateLimitKey', () => {
  it('shows nothing of the key and depends on the secret', () => {
    const plain = hashRateLimitKey('ben@acme.test', undefined)
    const keyed = hashRateLimitKey('ben@acme.test', createSecretKey(Buffer.alloc(32, 1)))

    expect(plain).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(keyed).not.toBe(plain)
    expect(hashRateLimitKey('ben@acme.test', createSecretKey(Buffer.alloc(32, 2)))).not.toBe(keyed)
  })
})
