import { z } from 'zod'
import { chosenNameSchema, typedId } from '../../../platform/http/index.ts'
import { presentBackupCodes } from '../schema.ts'
import type { AssertionResponse, RegistrationResponse, WebAuthnCredential } from './model.ts'
import type { AssertionOptions } from './use-cases/begin-assertion.ts'
import type { RegistrationOptions } from './use-cases/begin-registration.ts'
import type { Registered } from './use-cases/complete-registration.ts'

/** Of `bytes` bytes at most, without padding. */
const base64url = (bytes: number) =>
  z
    .string()
    .min(1)
    .max(Math.ceil((bytes * 4) / 3))
    .regex(/^[A-Za-z0-9_-]+$/, 'must be base64url without padding')

/** WebAuthn L3 §4: 1023 bytes at most. */
const credentialIdSchema = base64url(1023)

/**
 * What browsers send. NOTE: they may send members that we do not know, and more with each release;
 * these are left out, not refused.
 */
const credentialMembers = {
  id: credentialIdSchema,
  rawId: credentialIdSchema,
  type: z.literal('public-key'),
}

const RAW_ID = { path: ['rawId'], message: 'must be equal to `id`' }

export const registrationResponseSchema = z
  .object({
    ...credentialMembers,
    response: z.object({
      clientDataJSON: base64url(4096),
      attestationObject: base64url(24_576),
      transports: z.array(z.string().min(1).max(32)).max(10).default([]),
    }),
  })
  .refine(({ id, rawId }) => id === rawId, RAW_ID)
  .transform(
    ({ id, response }): RegistrationResponse => ({
      id,
      clientDataJSON: response.clientDataJSON,
      attestationObject: response.attestationObject,
      transports: response.transports,
    }),
  )

export const assertionResponseSchema = z
  .object({
    ...credentialMembers,
    response: z.object({
      clientDataJSON: base64url(4096),
      authenticatorData: base64url(4096),
      signature: base64url(2048),
      userHandle: base64url(64).nullish(),
    }),
  })
  .refine(({ id, rawId }) => id === rawId, RAW_ID)
  .transform(
    ({ id, response }): AssertionResponse => ({
      id,
      clientDataJSON: response.clientDataJSON,
      authenticatorData: response.authenticatorData,
      signature: response.signature,
      userHandle: response.userHandle ?? undefined,
    }),
  )

export const completeRegistrationSchema = z.strictObject({
  response: registrationResponseSchema,
  name: chosenNameSchema.optional(),
})

export const renameCredentialSchema = z.strictObject({ name: chosenNameSchema })

export const credentialParams = z.strictObject({ credential_id: typedId('wac') })

const descriptorsSchema = z.array(
  z.object({
    id: z.string(),
    type: z.literal('public-key'),
    transports: z.array(z.string()).optional(),
  }),
)

/** @see WebAuthn L3 §5.1.9: PublicKeyCredentialCreationOptionsJSON */
export const registrationOptionsSchema = z.object({
  options: z.object({
    rp: z.object({ id: z.string(), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    challenge: z.string(),
    pubKeyCredParams: z.array(z.object({ alg: z.int(), type: z.literal('public-key') })),
    /** Milliseconds. */
    timeout: z.int(),
    attestation: z.string(),
    excludeCredentials: descriptorsSchema,
    authenticatorSelection: z.object({
      residentKey: z.string(),
      requireResidentKey: z.boolean(),
      userVerification: z.string(),
    }),
    extensions: z.object({ credProps: z.boolean() }),
  }),
})

/** @see WebAuthn L3 §5.1.10: PublicKeyCredentialRequestOptionsJSON */
const requestOptionsSchema = z.object({
  challenge: z.string(),
  timeout: z.int(),
  rpId: z.string(),
  /** Absent: any credential of this server that the authenticator offers. */
  allowCredentials: descriptorsSchema.optional(),
  userVerification: z.string(),
})

export const assertionOptionsSchema = z.object({ options: requestOptionsSchema })

const credentialMembersOut = {
  id: z.string(),
  name: z.string(),
  /** Model of the authenticator; zeros where it does not say. */
  aaguid: z.string(),
  transports: z.array(z.string()),
  /** It may leave its authenticator: a synchronised passkey. */
  backup_eligible: z.boolean(),
  backed_up: z.boolean(),
  /** There may be a copy of its key: it is refused, and should be removed. */
  clone_suspected: z.boolean(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
}

export const credentialSchema = z.object(credentialMembersOut)

export const credentialsSchema = z.object({ credentials: z.array(credentialSchema) })

export const registeredSchema = z.object({
  credential: credentialSchema,
  /** With the first factor only; shown once. */
  backup_codes: z.array(z.string()).optional(),
})

export function presentRegistrationOptions(
  options: RegistrationOptions,
): z.input<typeof registrationOptionsSchema> {
  return { options: options as z.input<typeof registrationOptionsSchema>['options'] }
}

export function presentAssertionOptions(
  options: AssertionOptions,
): z.input<typeof assertionOptionsSchema> {
  return { options: options as z.input<typeof requestOptionsSchema> }
}

export function presentCredential(
  credential: WebAuthnCredential,
): z.input<typeof credentialSchema> {
  return {
    id: credential.id,
    name: credential.name,
    aaguid: credential.aaguid,
    transports: [...credential.transports],
    backup_eligible: credential.isBackupEligible,
    backed_up: credential.isBackedUp,
    clone_suspected: credential.cloneSuspectedAt !== undefined,
    created_at: credential.createdAt.toISOString(),
    last_used_at: credential.lastUsedAt?.toISOString() ?? null,
  }
}

export function presentRegistered({
  credential,
  backupCodes,
}: Registered): z.input<typeof registeredSchema> {
  const presented = { credential: presentCredential(credential) }
  if (backupCodes === undefined) return presented
  return { ...presented, backup_codes: presentBackupCodes(backupCodes) }
}
