import type { Duration } from '../../kernel/index.ts'

/** So many points per window and key. The window starts with the first point. */
export interface RateLimitPolicy {
  /** Lower-case letters, digits, `-`, `_`; stands in headers, metrics and Redis keys. */
  readonly name: string
  readonly limit: number
  /** At least one second. */
  readonly window: Duration
}

/** @throws RangeError when the name, the limit or the window is out of range */
export function rateLimitPolicy(policy: RateLimitPolicy): RateLimitPolicy {
  const { name, limit, window } = policy
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name)) throw new RangeError(`policy name: ${name}`)
  if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`policy limit of ${name}`)
  if (!(window.milliseconds >= 1000)) throw new RangeError(`policy window of ${name}`)
  return Object.freeze({ name, limit, window })
}
