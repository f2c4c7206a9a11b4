import type { Secret, UserId } from '../../kernel/index.ts'
import type { SessionTransport } from '../sessions/index.ts'

export interface SignInInput {
  readonly email: string
  readonly password: Secret<string>
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
    }
  /** The password was right; nothing is issued before the address is proven. */
  | { readonly kind: 'email_verification_required' }

/** How a subject asks for a session. Later methods (passkey, federation) join this list. */
export type SignInMethod = 'password'
