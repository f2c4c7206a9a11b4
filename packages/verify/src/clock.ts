/** Where the verifier reads the time; tests pass a fake one. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = {
  now: () => new Date(),
}
