import { createSecretKey } from 'node:crypto'
import { Redis } from 'ioredis'
import {
  type RateLimiterAbstract,
  RateLimiterRedis,
  type RateLimiterRes,
} from 'rate-limiter-flexible'
import { type Clock, type Secret, systemClock } from '../../kernel/index.ts'
import { createBoundedMemoryLimiter } from './bounded-memory-limiter.ts'
import { hashRateLimitKey } from './rate-limit-key.ts'
import { type RateLimitPolicy, rateLimitPolicy } from './rate-limit-policy.ts'
import { settleConsumption } from './settle-consumption.ts'

export interface RateLimitResult {
  readonly allowed: boolean
  readonly limit: number
  readonly remaining: number
  /** Until the window ends, rounded up. */
  readonly resetSeconds: number
}

export interface RateLimiterOptions {
  /** `redis://…` or `rediss://…`, shared by all nodes. Without it, counts stay in the process. */
  readonly redis?: Secret<string> | undefined
  /**
   * Key of the MAC over limiter keys, the same on all nodes. Addresses and e-mail addresses have
   * so little entropy that a plain hash of one can be searched.
   */
  readonly hashKey?: Uint8Array
  readonly clock?: Clock
  /** Keys that the memory keeps apart per policy; default 50,000. More share 1,024 counters. */
  readonly maxKeys?: number
  /** Called for every decision made without Redis although Redis is configured. */
  readonly onFallback?: (policyName: string, error: unknown) => void
}

/**
 * Coarse limits per key. Each node counts in its own memory, and all of them in Redis where there is
 * one; the higher count decides. So while Redis is away the limit holds per node, and when it has
 * forgotten, nobody gets back what a node has counted. Security counters (failed sign-ins, one-time codes) do not live here but
 * in PostgreSQL.
 */
export interface RateLimiter {
  /** Counts `points` for `key` and says whether the request may go on. Never throws for Redis. */
  consume(policy: RateLimitPolicy, key: string, points?: number): Promise<RateLimitResult>
  close(): Promise<void>
}

export function createRateLimiter(options: RateLimiterOptions = {}): RateLimiter {
  const { clock = systemClock, maxKeys = 50_000 } = options
  const hashKey = options.hashKey === undefined ? undefined : createSecretKey(options.hashKey)
  const redis = options.redis === undefined ? undefined : connectRedis(options.redis)
  const hash = (key: string) => hashRateLimitKey(key, hashKey)
  const limiters = new Map<string, PolicyLimiters>()

  const limitersOf = (policy: RateLimitPolicy): PolicyLimiters => {
    const known = limiters.get(policy.name)
    if (known !== undefined) return known
    const { name, limit, window } = rateLimitPolicy(policy)
    const shape = { points: limit, duration: Math.ceil(window.milliseconds / 1000) }
    const made = {
      memory: createBoundedMemoryLimiter({ ...shape, maxKeys, clock, hash }),
      shared:
        redis === undefined
          ? undefined
          : createRedisLimiter(redis, { ...shape, keyPrefix: `cs:rl:${name}` }),
    }
    limiters.set(name, made)
    return made
  }

  return {
    consume: async (policy, key, points = 1) => {
      const { memory, shared } = limitersOf(policy)
      // INVARIANT I7: counted here too, also while Redis answers. Attack: whoever can make Redis
      // forget (a crash, a flush, a restart) would begin anew with every limit.
      const own = memory.consume(key, points)
      if (shared === undefined) return toResult(policy, await own)
      const all = settleConsumption(shared.consume(hash(key), points))
      const [here, everywhere] = await Promise.all([
        own,
        all.catch((error: unknown) => {
          options.onFallback?.(policy.name, error)
          return undefined
        }),
      ])
      if (everywhere === undefined) return toResult(policy, here)
      // A counter that many keys share would refuse some of them for what others did.
      const isStricter = memory.tracks(key) && here.consumedPoints > everywhere.consumedPoints
      return toResult(policy, isStricter ? here : everywhere)
    },
    close: async () => redis?.disconnect(),
  }
}

interface PolicyLimiters {
  readonly memory: ReturnType<typeof createBoundedMemoryLimiter>
  readonly shared: RateLimiterAbstract | undefined
}

function createRedisLimiter(
  redis: Redis,
  shape: { points: number; duration: number; keyPrefix: string },
): RateLimiterAbstract {
  return new RateLimiterRedis({ storeClient: redis, rejectIfRedisNotReady: true, ...shape })
}

function toResult(policy: RateLimitPolicy, state: RateLimiterRes): RateLimitResult {
  return {
    allowed: state.consumedPoints <= policy.limit,
    limit: policy.limit,
    remaining: Math.max(0, policy.limit - state.consumedPoints),
    resetSeconds: Math.max(0, Math.ceil(state.msBeforeNext / 1000)),
  }
}

/** Fails fast: a request must not wait for a Redis that is away. */
function connectRedis(url: Secret<string>): Redis {
  const redis = new Redis(url.reveal(), {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2000,
    commandTimeout: 500,
    retryStrategy: (attempt) => Math.min(100 * attempt, 2000),
  })
  // Every decision without Redis is reported by `onFallback`; without a listener Node would exit.
  redis.on('error', () => undefined)
  return redis
}
