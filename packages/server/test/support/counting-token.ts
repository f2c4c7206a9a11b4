import { HOTP, Secret } from 'otpauth'

/** A small device with a button and a display. @see RFC 4226 */
export class CountingToken {
  readonly #secret: string
  #counter = 0

  /** @param secret base 32, as the server showed it */
  constructor(secret: string) {
    this.#secret = secret
  }

  /** Shows the next code. */
  press(): string {
    const code = this.codeAt(this.#counter)
    this.#counter += 1
    return code
  }

  /** Presses whose codes nobody sent. */
  pressInPocket(times: number): void {
    this.#counter += times
  }

  codeAt(counter: number): string {
    return HOTP.generate({ secret: Secret.fromBase32(this.#secret), counter })
  }

  /** A well-formed code that is right for no counter near this one. */
  wrongCode(): string {
    const near = Array.from({ length: 40 }, (_, index) =>
      this.codeAt(Math.max(0, this.#counter - 20) + index),
    )
    const candidates = ['000000', '111111', '222222', '333333']
    return candidates.find((code) => !near.includes(code)) ?? '444444'
  }
}
