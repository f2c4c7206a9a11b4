export {
  type AttestationTrust,
  createAttestationTrust,
  type TrustAnchors,
} from './attestation/attestation-trust.ts'
export { MetadataError, parseMetadataBlob } from './attestation/metadata-blob.ts'
export { webauthnAuditEvents } from './audit-events.ts'
export { purgeWebAuthnChallenges } from './challenge-store.ts'
export { webauthnErrors } from './errors.ts'
export {
  amrOf,
  type AssertionResponse,
  type AttestedCredential,
  type RegistrationResponse,
  type VerifiedAssertion,
  type WebAuthnChallengeId,
  type WebAuthnCredential,
  type WebAuthnCredentialId,
} from './model.ts'
export { type RelyingParty, relyingPartyOf } from './relying-party.ts'
export { type WebAuthnRouteServices, webauthnRoutes } from './routes.ts'
export {
  assertionOptionsSchema,
  assertionResponseSchema,
  presentAssertionOptions,
  presentRegistrationOptions,
  registrationOptionsSchema,
  registrationResponseSchema,
  completeRegistrationSchema,
  renameCredentialSchema,
} from './schema.ts'
export type { AssertionOptions, PasskeySignInOptions } from './use-cases/begin-assertion.ts'
export type { RegistrationOptions } from './use-cases/begin-registration.ts'
export type { AssertionRefusal } from './use-cases/judge-assertion.ts'
export type { PasskeyAnswer } from './use-cases/judge-passkey.ts'
export { createWebAuthn, type WebAuthn } from './webauthn.ts'
