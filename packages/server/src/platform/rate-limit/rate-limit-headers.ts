import { toSeconds } from '../../kernel/index.ts'
import type { RateLimitPolicy } from './rate-limit-policy.ts'
import type { RateLimitResult } from './rate-limiter.ts'

/**
 * `RateLimit-Policy: "login";q=10;w=60` and `RateLimit: "login";r=4;t=31` (structured fields);
 * `Retry-After` when the request was refused.
 * @see draft-ietf-httpapi-ratelimit-headers-09 §3, §4; RFC 9110 §10.2.3
 */
export function rateLimitHeaders(
  policy: RateLimitPolicy,
  result: RateLimitResult,
): Record<string, string> {
  const headers: Record<string, string> = {
    'RateLimit-Policy': `"${policy.name}";q=${policy.limit};w=${toSeconds(policy.window)}`,
    RateLimit: `"${policy.name}";r=${result.remaining};t=${result.resetSeconds}`,
  }
  if (!result.allowed) headers['Retry-After'] = String(Math.max(1, result.resetSeconds))
  return headers
}
