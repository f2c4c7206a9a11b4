export { type RateLimitPolicy, rateLimitPolicy } from './rate-limit-policy.ts'
export { rateLimitHeaders } from './rate-limit-headers.ts'
export {
  createRateLimiter,
  type RateLimiter,
  type RateLimiterOptions,
  type RateLimitResult,
} from './rate-limiter.ts'
