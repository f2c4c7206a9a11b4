import { inspect } from 'node:util'
import { constantTimeEqual } from './constant-time.ts'

/**
 * A value that must not be printed. `String()`, `JSON.stringify`, `console.log` and template
 * literals all show `[secret]`; only `reveal()` gives the value, so each use can be searched for.
 */
export class Secret<T extends string | Uint8Array> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** WARNING: the result must not reach a log, an error, an audit record or a response body. */
  reveal(): T {
    return this.#value
  }

  /** Compares in constant time. */
  equals(other: Secret<T> | T): boolean {
    return constantTimeEqual(this.#value, other instanceof Secret ? other.reveal() : other)
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
