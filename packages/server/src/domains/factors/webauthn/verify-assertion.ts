import { verifyAuthenticationResponse } from '@simplewebauthn/server'
import type { AssertionResponse, CredentialKey, VerifiedAssertion } from './model.ts'
import type { RelyingParty } from './relying-party.ts'

export interface AssertionRequirements {
  readonly relyingParty: RelyingParty
  /** base64url; proven to be ours before. */
  readonly challenge: string
  readonly isUserVerificationRequired: boolean
  /** Where the credential alone says who comes, it must name its user. */
  readonly isUserHandleRequired: boolean
}

/**
 * Verifies an assertion: type, challenge, origin, relying party, flags and signature. The counter
 * is judged where it is stored, see `advanceCredential`.
 * @returns undefined whatever is wrong with it: all of it comes from the caller
 * @see WebAuthn L3 §7.2
 */
export async function verifyAssertion(
  response: AssertionResponse,
  key: CredentialKey,
  { relyingParty, challenge, ...required }: AssertionRequirements,
): Promise<VerifiedAssertion | undefined> {
  if (!isUserHandleRight(response, key, required.isUserHandleRequired)) return undefined
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: toAuthenticationJson(response),
      expectedChallenge: challenge,
      expectedOrigin: [...relyingParty.origins],
      expectedRPID: relyingParty.id,
      requireUserVerification: required.isUserVerificationRequired,
      credential: {
        id: key.credentialId,
        publicKey: Uint8Array.from(key.publicKey),
        // NOTE: the library would judge the counter before the signature; 0 lets every one pass.
        counter: 0,
      },
    })
    if (!verified) return undefined
    return {
      id: key.id,
      userId: key.userId,
      signCount: authenticationInfo.newCounter,
      isUserVerified: authenticationInfo.userVerified,
      isBackupEligible: authenticationInfo.credentialDeviceType === 'multiDevice',
      isBackedUp: authenticationInfo.credentialBackedUp,
    }
  } catch {
    // The library throws for everything that is not as it must be.
    return undefined
  }
}

/** WebAuthn L3 §7.2 step 6: the owner of the credential is who the authenticator says it is. */
function isUserHandleRight(
  { userHandle }: AssertionResponse,
  key: CredentialKey,
  isRequired: boolean,
): boolean {
  if (userHandle === undefined) return !isRequired
  return Buffer.from(key.userHandle).toString('base64url') === userHandle
}

function toAuthenticationJson(response: AssertionResponse) {
  const { id, clientDataJSON, authenticatorData, signature } = response
  return {
    id,
    rawId: id,
    type: 'public-key' as const,
    clientExtensionResults: {},
    response: { clientDataJSON, authenticatorData, signature },
  }
}
