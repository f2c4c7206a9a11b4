import type { Secret } from '../../kernel/index.ts'

/** Passwords that are known from a breach. */
export interface BreachedPasswords {
  /** @throws if it can't tell; it never guesses */
  isBreached(password: Secret<string>): Promise<boolean>
  close(): Promise<void>
}
