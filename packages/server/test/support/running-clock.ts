import { type Duration, systemClock } from '../../src/kernel/index.ts'
import { FakeClock } from './fake-clock.ts'

/** Goes on with the clock of the machine, which the OAuth engine reads, and can be set ahead. */
export class RunningClock extends FakeClock {
  #ahead = 0

  override now(): Date {
    return new Date(systemClock.now().getTime() + this.#ahead)
  }

  override advance(by: Duration): void {
    this.#ahead += by.milliseconds
  }
}
