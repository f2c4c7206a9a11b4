import { RateLimiterRes } from 'rate-limiter-flexible'

/** The library rejects with its result when the limit is passed: that is an outcome, no error. */
export async function settleConsumption(
  consumed: Promise<RateLimiterRes>,
): Promise<RateLimiterRes> {
  try {
    return await consumed
  } catch (error) {
    if (error instanceof RateLimiterRes) return error
    throw error
  }
}
