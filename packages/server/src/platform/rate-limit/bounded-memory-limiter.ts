import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../../kernel/index.ts'
import { settleConsumption } from './settle-consumption.ts'

export interface BoundedMemoryLimiterOptions {
  readonly points: number
  /** Seconds. */
  readonly duration: number
  readonly maxKeys: number
  readonly clock: Clock
  /** Spreads keys evenly; must not be predictable, or one could choose whose counter to share. */
  readonly hash: (key: string) => string
}

/**
 * Counts in memory with a bound on the number of counters. Attack: someone invents keys without
 * end. Forgetting old keys would then reset counters, so instead new keys beyond the bound share
 * a fixed set of counters until old ones expire.
 */
export function createBoundedMemoryLimiter(options: BoundedMemoryLimiterOptions) {
  const { points, duration, maxKeys, clock, hash } = options
  const limiter = new RateLimiterMemory({ points, duration, keyPrefix: '' })
  // INVARIANT: ordered by expiry, as all windows have the same length.
  const expiries = new Map<string, number>()

  const forgetExpired = (now: number): void => {
    for (const [key, expiresAt] of expiries) {
      if (expiresAt > now) return
      expiries.delete(key)
    }
  }

  return {
    consume: async (key: string, count: number): Promise<RateLimiterRes> => {
      const now = clock.now().getTime()
      forgetExpired(now)
      if (expiries.has(key)) return settleConsumption(limiter.consume(key, count))
      if (expiries.size >= maxKeys) {
        return settleConsumption(limiter.consume(`shared:${sharedBucketOf(hash(key))}`, count))
      }
      expiries.set(key, now + duration * 1000)
      return settleConsumption(limiter.consume(key, count))
    },
    /** Whether a key has a counter of its own, which says nothing of other keys. */
    tracks: (key: string): boolean => expiries.has(key),
    /** Keys with a counter of their own. */
    size: (): number => expiries.size,
  }
}

function sharedBucketOf(hashed: string): number {
  return Buffer.from(hashed, 'base64url').readUInt16BE(0) % SHARED_BUCKETS
}

const SHARED_BUCKETS = 1024
