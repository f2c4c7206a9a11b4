/** A length of time. Kept as milliseconds inside; the unit is chosen where it is written or read. */
export interface Duration {
  readonly milliseconds: number
}

export const milliseconds = (n: number): Duration => ({ milliseconds: n })
export const seconds = (n: number): Duration => milliseconds(n * 1000)
export const minutes = (n: number): Duration => seconds(n * 60)
export const hours = (n: number): Duration => minutes(n * 60)
export const days = (n: number): Duration => hours(n * 24)

/** Whole seconds, rounded up, so that a `Retry-After` made from it is never too early. */
export function toSeconds(duration: Duration): number {
  return Math.ceil(duration.milliseconds / 1000)
}

export function addDuration(date: Date, duration: Duration): Date {
  return new Date(date.getTime() + duration.milliseconds)
}

/**
 * Whether `now` is less than `length` behind `since`, both in milliseconds since the epoch. INVARIANT
 * I11: a moment that is to come (the clock stepped back) is behind nothing.
 */
export function isWithin(since: number, now: number, length: Duration): boolean {
  const age = now - since
  return age >= 0 && age < length.milliseconds
}

export function earlierOf(a: Date, b: Date): Date {
  return a.getTime() <= b.getTime() ? a : b
}
