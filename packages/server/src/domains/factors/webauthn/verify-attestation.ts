import { verifyRegistrationResponse } from '@simplewebauthn/server'
import { decodeAttestationObject } from '@simplewebauthn/server/helpers'
import type { AttestedCredential, RegistrationResponse } from './model.ts'
import { SIGNATURE_ALGORITHMS } from './policy.ts'
import type { RelyingParty } from './relying-party.ts'

export interface VerifiedAttestation {
  readonly attested: AttestedCredential
  /** Certificates of the statement, DER, leaf first; whom they come from is not known yet. */
  readonly path: readonly Uint8Array[]
}

export interface AttestationRequirements {
  readonly relyingParty: RelyingParty
  /** base64url; proven to be ours before. */
  readonly challenge: string
  readonly isUserVerificationRequired: boolean
  readonly formats: readonly string[]
}

/**
 * Verifies the answer to a registration: type, challenge, origin, relying party, flags, algorithm
 * and the statement of the attestation.
 * @returns undefined whatever is wrong with it: all of it comes from the caller
 * @see WebAuthn L3 §7.1
 */
export async function verifyAttestation(
  response: RegistrationResponse,
  { relyingParty, challenge, isUserVerificationRequired, formats }: AttestationRequirements,
): Promise<VerifiedAttestation | undefined> {
  try {
    // Looked at first: a format that is not accepted is not parsed any further.
    const { format, path } = readStatement(response)
    if (!formats.includes(format)) return undefined
    const { registrationInfo } = await verifyRegistrationResponse({
      response: toRegistrationJson(response),
      expectedChallenge: challenge,
      expectedOrigin: [...relyingParty.origins],
      expectedRPID: relyingParty.id,
      requireUserVerification: isUserVerificationRequired,
      supportedAlgorithmIDs: [...SIGNATURE_ALGORITHMS],
    })
    if (registrationInfo === undefined) return undefined
    const { credential, aaguid, fmt } = registrationInfo
    if (credential.id !== response.id) return undefined
    const attested = {
      credentialId: credential.id,
      publicKey: credential.publicKey,
      signCount: credential.counter,
      isBackupEligible: registrationInfo.credentialDeviceType === 'multiDevice',
      isBackedUp: registrationInfo.credentialBackedUp,
      transports: response.transports,
      aaguid: aaguid.toLowerCase(),
      attestationFormat: fmt,
      isUserVerified: registrationInfo.userVerified,
    }
    return { attested, path }
  } catch {
    // The library throws for everything that is not as it must be.
    return undefined
  }
}

function readStatement({ attestationObject }: RegistrationResponse) {
  const bytes = Uint8Array.from(Buffer.from(attestationObject, 'base64url'))
  const decoded = decodeAttestationObject(bytes)
  return { format: decoded.get('fmt'), path: decoded.get('attStmt').get('x5c') ?? [] }
}

function toRegistrationJson({ id, clientDataJSON, attestationObject }: RegistrationResponse) {
  return {
    id,
    rawId: id,
    type: 'public-key' as const,
    clientExtensionResults: {},
    response: { clientDataJSON, attestationObject },
  }
}
