import type { Id, UserId } from '../../../kernel/index.ts'

/** A credential as the API names it; `credentialId` is how authenticators name it. */
export type WebAuthnCredentialId = Id<'wac'>
export type WebAuthnChallengeId = Id<'wch'>

export interface WebAuthnCredential {
  readonly id: WebAuthnCredentialId
  readonly userId: UserId
  /** base64url. */
  readonly credentialId: string
  readonly name: string
  /** Flag BE: it may leave its authenticator (a synchronised passkey). Never changes. */
  readonly isBackupEligible: boolean
  /** Flag BS: it has left it. */
  readonly isBackedUp: boolean
  readonly transports: readonly string[]
  /** Model of the authenticator; zeros where it does not say. */
  readonly aaguid: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | undefined
  /** From then on nothing that is signed with it is accepted. */
  readonly cloneSuspectedAt: Date | undefined
}

/** What verifying an assertion needs of a credential. */
export interface CredentialKey extends Pick<WebAuthnCredential, 'id' | 'userId' | 'credentialId'> {
  /** COSE_Key. */
  readonly publicKey: Uint8Array
  readonly userHandle: Uint8Array
}

/** A new credential whose attestation was verified. */
export interface AttestedCredential {
  readonly credentialId: string
  readonly publicKey: Uint8Array
  readonly signCount: number
  readonly isBackupEligible: boolean
  readonly isBackedUp: boolean
  readonly transports: readonly string[]
  readonly aaguid: string
  readonly attestationFormat: string
  readonly isUserVerified: boolean
}

/** An assertion whose signature, origin, relying party and challenge were verified. */
export interface VerifiedAssertion {
  readonly id: WebAuthnCredentialId
  readonly userId: UserId
  readonly signCount: number
  readonly isUserVerified: boolean
  readonly isBackupEligible: boolean
  readonly isBackedUp: boolean
}

/** Whom and what a challenge is for. A challenge of one purpose is never accepted for another. */
export type ChallengeScope =
  | { readonly purpose: 'sign_in'; readonly id: WebAuthnChallengeId }
  | {
      readonly purpose: 'registration' | 'second_factor'
      readonly userId: UserId
      /** SHA-256 of what it was asked for in: the session, or the step of a sign-in. */
      readonly boundTo: Buffer
    }

/** The registration that a browser sends, as far as we read it. @see WebAuthn L3 §5.1.8 */
export interface RegistrationResponse {
  readonly id: string
  readonly clientDataJSON: string
  readonly attestationObject: string
  readonly transports: readonly string[]
}

/** The assertion that a browser sends, as far as we read it. */
export interface AssertionResponse {
  readonly id: string
  readonly clientDataJSON: string
  readonly authenticatorData: string
  readonly signature: string
  readonly userHandle: string | undefined
}

/**
 * RFC 8176 §2. `hwk` only for a key that can not leave its authenticator, as far as that says so
 * itself: without the attestation of a known maker, nobody proved it. `user`: somebody was there.
 */
export function amrOf({ isBackupEligible }: Pick<VerifiedAssertion, 'isBackupEligible'>) {
  return [isBackupEligible ? 'swk' : 'hwk', 'user'] as const
}
