/** The only source of the current time. Tests pass a fake. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/**
 * Seconds since the epoch, rounded down, as JWT NumericDate.
 * @see RFC 7519 §2
 */
export function toNumericDate(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
