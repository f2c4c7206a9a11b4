import { type Duration, systemClock } from '../../src/kernel/index.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** The time of day: programs of others have no other. */
export class PartyClock extends FakeClock {
  #past: Date | undefined

  override now(): Date {
    return this.#past ?? systemClock.now()
  }

  override advance(by: Duration): void {
    if (this.#past !== undefined) this.#past = new Date(this.#past.getTime() + by.milliseconds)
  }

  /** Does something a minute ago, so that the next code of an authenticator app is a fresh one. */
  async aMinuteAgo<T>(work: () => Promise<T>): Promise<T> {
    this.#past = new Date(systemClock.now().getTime() - 60_000)
    try {
      return await work()
    } finally {
      this.#past = undefined
    }
  }
}
