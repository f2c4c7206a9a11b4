import type {
  ErrorFactory,
  RequestContext,
  TenantPolicy,
  UserId,
} from '../../../../kernel/index.ts'
import type { FactorDependencies } from '../../dependencies.ts'
import { hashChallenge } from '../challenge.ts'
import { consumeWebAuthnChallenge } from '../challenge-store.ts'
import { parseClientData } from '../client-data.ts'
import { webauthnErrors } from '../errors.ts'
import type { AttestedCredential, RegistrationResponse } from '../model.ts'
import { ATTESTED_FORMATS, JUDGED_FORMATS, UNATTESTED_FORMATS } from '../policy.ts'
import { type VerifiedAttestation, verifyAttestation } from '../verify-attestation.ts'

/** Whom the options were made for. */
export interface AskedRegistration {
  readonly userId: UserId
  /** SHA-256 of what asked for it: the session, or the step of a sign-in. */
  readonly boundTo: Buffer
}

export type JudgedRegistration =
  | { readonly kind: 'attested'; readonly attested: AttestedCredential }
  | {
      readonly kind: 'refused'
      readonly reason: string
      /** Of a reason that is told, because its user can do something. */
      readonly error?: ErrorFactory
    }

/** Uses the challenge up, in a transaction of its own, and verifies what answers it. */
export async function judgeRegistration(
  deps: FactorDependencies,
  context: RequestContext,
  response: RegistrationResponse,
  asked: AskedRegistration,
): Promise<JudgedRegistration> {
  const challenge = await claimChallenge(deps, context, response, asked)
  if (challenge === undefined) return { kind: 'refused', reason: 'challenge_unusable' }
  const { policy } = context.tenant
  const verified = await verifyAttestation(response, {
    relyingParty: deps.relyingParty,
    challenge,
    isUserVerificationRequired: policy.webauthnUserVerification === 'required',
    formats: formatsFor(policy),
  })
  if (verified === undefined) return { kind: 'refused', reason: 'attestation_not_valid' }
  const refused = judgeMaker(deps, context, verified)
  if (refused !== undefined) return refused
  const { attested } = verified
  if (!isAllowed(policy, attested)) {
    const error = webauthnErrors.authenticator_not_allowed
    return { kind: 'refused', reason: 'authenticator', error }
  }
  return { kind: 'attested', attested }
}

function formatsFor({ webauthnAttestation, webauthnAllowedAaguids }: TenantPolicy) {
  if (webauthnAttestation === 'direct') return JUDGED_FORMATS
  return webauthnAllowedAaguids.length === 0 ? UNATTESTED_FORMATS : ATTESTED_FORMATS
}

/** Only `direct` asks who made it. */
function judgeMaker(
  { attestationTrust }: FactorDependencies,
  { tenant, clock }: RequestContext,
  { attested, path }: VerifiedAttestation,
): JudgedRegistration | undefined {
  if (tenant.policy.webauthnAttestation === 'none') return undefined
  const verdict = attestationTrust.judge({ aaguid: attested.aaguid, path }, clock.now())
  if (verdict === 'trusted') return undefined
  const error =
    verdict === 'outdated'
      ? webauthnErrors.attestation_metadata_outdated
      : webauthnErrors.attestation_required
  return { kind: 'refused', reason: `attestation_${verdict}`, error }
}

/** @returns the challenge in base64url, or undefined if it is not one of this very request */
async function claimChallenge(
  { database }: FactorDependencies,
  { tenant, clock }: RequestContext,
  { clientDataJSON }: RegistrationResponse,
  asked: AskedRegistration,
): Promise<string | undefined> {
  const clientData = parseClientData(clientDataJSON)
  if (clientData === undefined || clientData.isCrossOrigin) return undefined
  const [claimed] = await database.tenantBatch(tenant.id, [
    consumeWebAuthnChallenge({
      scope: { purpose: 'registration', ...asked },
      hash: hashChallenge(clientData.challenge),
      now: clock.now(),
    }),
  ])
  return claimed.length === 1 ? clientData.challenge : undefined
}

function isAllowed(
  { webauthnAllowedAaguids: allowed }: TenantPolicy,
  { aaguid }: AttestedCredential,
): boolean {
  return allowed.length === 0 || allowed.includes(aaguid)
}
