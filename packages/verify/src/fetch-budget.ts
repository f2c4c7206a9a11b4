import type { Clock } from './clock.ts'

/** A token bucket: at most `perSecond` fetches a second, saved up for `burst` of them. */
export interface FetchBudget {
  /** Takes one fetch out of the bucket; `false` when it is empty. */
  take(): boolean
}

export function createFetchBudget(clock: Clock, perSecond: number, burst: number): FetchBudget {
  let available = burst
  let filledAt = clock.now().getTime()
  return {
    take() {
      const now = clock.now().getTime()
      // A clock step back takes nothing away, a step forward gives no more than a burst.
      const seconds = Math.max(0, now - filledAt) / 1000
      available = Math.min(burst, available + seconds * perSecond)
      filledAt = now
      if (available < 1) return false
      available--
      return true
    },
  }
}
