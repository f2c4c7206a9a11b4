import { Secret, TOTP } from 'otpauth'
import type { Clock, Duration } from '../../src/kernel/index.ts'

/** The app on somebody's phone, which knows a secret and the time. */
export class AuthenticatorApp {
  readonly #secret: string
  readonly #clock: Clock

  /** @param secret base 32, as the server showed it */
  constructor(secret: string, clock: Clock) {
    this.#secret = secret
    this.#clock = clock
  }

  /** The code that is shown now, or `later` (a negative duration for earlier). */
  code(later: Duration = { milliseconds: 0 }): string {
    return TOTP.generate({
      secret: Secret.fromBase32(this.#secret),
      timestamp: this.#clock.now().getTime() + later.milliseconds,
    })
  }

  /** A well-formed code that is not right now, nor a step before or after. */
  wrongCode(): string {
    const right = [-30_000, 0, 30_000].map((milliseconds) => this.code({ milliseconds }))
    const candidates = ['000000', '111111', '222222', '333333']
    return candidates.find((code) => !right.includes(code)) ?? '444444'
  }
}
