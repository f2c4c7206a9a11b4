import type { Acr, Secret, UserId } from '../../kernel/index.ts'
import type { CaptchaChallenge } from '../../platform/captcha/index.ts'
import type { FactorMethod } from '../factors/index.ts'
import type { SessionTransport } from '../sessions/index.ts'

export interface SignInInput {
  readonly email: string
  readonly password: Secret<string>
  /** The solution of a challenge, where one was demanded. */
  readonly captcha?: string | undefined
  readonly transport: SessionTransport
}

/** What may be shown of the user who signed in. */
export interface SignedInUser {
  readonly id: UserId
  readonly email: string
  readonly emailVerified: boolean
  readonly displayName: string | undefined
  readonly locale: string | undefined
  readonly roles: readonly string[]
}

/** What the client now holds; the transport decides which. */
export type IssuedCredentials =
  | {
      readonly transport: 'bearer'
      readonly accessToken: string
      readonly expiresIn: number
      readonly refreshToken: Secret<string>
    }
  | { readonly transport: 'cookie'; readonly cookie: Secret<string> }

/** Where a sign-in stands. A refusal is thrown, so that no outcome can be mistaken for success. */
export type SignInOutcome =
  | {
      readonly kind: 'complete'
      readonly user: SignedInUser
      readonly credentials: IssuedCredentials
      /** Content of the cookie by which this device is known from now on. */
      readonly deviceCookie: Secret<string>
      /** After an enrolment at sign-in; shown once. */
      readonly backupCodes?: readonly Secret<string>[] | undefined
    }
  /** The password was right; nothing is issued before the address is proven. */
  | { readonly kind: 'email_verification_required' }
  /** The password was right; nothing is issued before one of these methods succeeded. */
  | ({ readonly kind: 'mfa_required' } & IssuedChallenge)
  /** The password was right; nothing is issued before the user has a second factor. */
  | ({ readonly kind: 'mfa_enrollment_required' } & IssuedChallenge)
  /** Nothing was looked at; the same again, with the solution of this. */
  | CaptchaOutcome
  /** Every factor was proven; nothing is issued before the password is replaced. */
  | PasswordChangeOutcome

export interface CaptchaOutcome {
  readonly kind: 'captcha_required'
  readonly captcha: CaptchaChallenge
}

export interface PasswordChangeOutcome extends Omit<IssuedChallenge, 'methods'> {
  readonly kind: 'password_change_required'
  readonly reason: PasswordChangeReason
  /** After an enrolment at sign-in; shown once. */
  readonly backupCodes?: readonly Secret<string>[] | undefined
}

/** Why a password must be replaced: its age, a known breach, or because an administrator wants it. */
export type PasswordChangeReason = 'expired' | 'breach' | 'administrator'

export interface IssuedChallenge {
  readonly challenge: Secret<string>
  readonly methods: readonly FactorMethod[]
  /** Seconds. */
  readonly expiresIn: number
}

/**
 * How a subject asks for a session or, with `session`, for what a live session leads to. Later
 * methods (federation) join this list.
 */
export type SignInMethod = 'password' | 'passkey' | 'email' | 'session'

/** What a sign-in that has come to its second step began with. */
export function firstMethodOf(amr: readonly string[]): SignInMethod {
  return amr.includes('email') ? 'email' : 'password'
}

/** What has been proven of a user when a session is asked for. */
export interface SignInProof {
  readonly userId: UserId
  /** Canonical address: what failures are counted under. */
  readonly account: string
  readonly transport: SessionTransport
  readonly method: SignInMethod
  /** See `fingerprintOf`; undefined: it was proven without the password, in this transaction. */
  readonly provenAgainst: Buffer | undefined
  /** The methods so far. @see RFC 8176 */
  readonly amr: readonly string[]
  /** True only in the transaction that used up the value of a second factor. */
  readonly isFactorProven: boolean
  /** The user asks to go without the second factor on this device for a while. */
  readonly trustDevice?: boolean | undefined
  /** Where the proof is more than its number of factors says. */
  readonly acr?: Acr | undefined
}
