import type { Clock, Duration } from '../../src/kernel/index.ts'

/** A clock that stands still until it is told to move. */
export class FakeClock implements Clock {
  #now: Date

  constructor(start = new Date('2026-03-01T12:00:00Z')) {
    this.#now = start
  }

  now(): Date {
    return new Date(this.#now)
  }

  advance(by: Duration): void {
    this.#now = new Date(this.#now.getTime() + by.milliseconds)
  }
}
