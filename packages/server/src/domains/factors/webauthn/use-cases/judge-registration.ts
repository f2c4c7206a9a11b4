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
import { ATTESTED_FORMATS, UNATTESTED_FORMATS } from '../policy.ts'
import { verifyAttestation } from '../verify-attestation.ts'

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
  const attested = await verifyAttestation(response, {
    relyingParty: deps.relyingParty,
    challenge,
    isUserVerificationRequired: policy.webauthnUserVerification === 'required',
    formats: policy.webauthnAllowedAaguids.length === 0 ? UNATTESTED_FORMATS : ATTESTED_FORMATS,
  })
  if (attested === undefined) return { kind: 'refused', reason: 'attestation_not_valid' }
  if (!isAllowed(policy, attested)) {
    const error = webauthnErrors.authenticator_not_allowed
    return { kind: 'refused', reason: 'authenticator', error }
  }
  return { kind: 'attested', attested }
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
