import { ACR, fromUuid, type RequestContext, type Secret, type UserId } from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import {
  amrOf,
  type AttestedCredential,
  type RegistrationOptions,
  type RegistrationResponse,
} from '../factors/index.ts'
import { type ChallengeKey, consumeChallenge, takeAttempt } from './challenge-store.ts'
import {
  beginEnrollment,
  enrollmentKey,
  lockEnrollment,
  refuseEnrollment,
  refusingEnrollment,
} from './enrollment-challenge.ts'
import { issueSession, toOutcome } from './issue-session.ts'
import { firstMethodOf, type SignInOutcome } from './model.ts'
import { onlyProgress } from './only-progress.ts'
import { MULTIPLE_FACTORS_AMR } from './policy.ts'
import type { SignInServices } from './sign-in-with-password.ts'
import { StepRefused } from './step-refused.ts'

/**
 * Asks the browser of a user who must have a second factor for a passkey or security key. The
 * challenge stands for what was proven before; the answer counts in this sign-in only.
 * @throws invalid_challenge_response for every reason alike; factor_limit_reached
 */
export async function beginPasskeyAtSignIn(
  services: SignInServices,
  context: RequestContext,
  challenge: Secret<string>,
): Promise<RegistrationOptions> {
  const key = enrollmentKey(context, challenge)
  return beginEnrollment(services, context, { key, method: 'webauthn' }, (tx, owner) => {
    const request = { owner, boundTo: key.hash }
    return services.factors.webauthn.within.beginRegistration(tx, context, request)
  })
}

export interface PasskeyEnrollment {
  readonly challenge: Secret<string>
  readonly response: RegistrationResponse
  /** undefined: one is chosen that says what kind of credential it is. */
  readonly name: string | undefined
}

/**
 * Registers the credential that the browser made and completes the sign-in, in one transaction.
 * @throws invalid_challenge_response for every reason but those that its user can do something
 * about: authenticator_not_allowed, attestation_required, attestation_metadata_outdated
 */
export async function completePasskeyAtSignIn(
  services: SignInServices,
  context: RequestContext,
  { challenge, response, name }: PasskeyEnrollment,
): Promise<SignInOutcome> {
  const key = enrollmentKey(context, challenge)
  const [[taken]] = await services.database.tenantBatch(context.tenant.id, [takeAttempt(key)])
  if (taken === undefined) {
    return refuseEnrollment(services, context, { reason: 'challenge_unusable' })
  }
  const userId = fromUuid('usr', taken.user_id)
  const asked = { userId, boundTo: key.hash }
  const judged = await services.factors.webauthn.judgeRegistration(context, response, asked)
  if (judged.kind === 'refused') {
    return refuseEnrollment(services, context, { ...judged, userId })
  }
  const { attested } = judged
  const enrollment = { key, userId, account: taken.email_key, attested, name }
  return refusingEnrollment(services, context, userId, async () => {
    const { issued, backupCodes } = await services.database.withTenant(context.tenant.id, (tx) =>
      registerAndIssue(services, tx, context, enrollment),
    )
    return { ...(await toOutcome(services, context, issued)), backupCodes }
  })
}

interface Enrollment {
  readonly key: ChallengeKey
  readonly userId: UserId
  readonly account: string
  readonly attested: AttestedCredential
  readonly name: string | undefined
}

async function registerAndIssue(
  services: SignInServices,
  tx: Tx,
  context: RequestContext,
  { key, userId, account, attested, name }: Enrollment,
) {
  const locked = await lockEnrollment(services, tx, { userId, key, method: 'webauthn' })
  const { challenge } = locked
  const credential = { owner: locked.user, attested, name }
  const registered = await services.factors.webauthn.within.register(tx, context, credential)
  if (registered === undefined) throw new StepRefused('credential_known')
  await consumeChallenge(tx, key)
  const before = challenge.amr.filter((method) => method !== MULTIPLE_FACTORS_AMR)
  const issued = await issueSession(services, tx, context, {
    userId,
    account,
    transport: challenge.transport,
    method: firstMethodOf(challenge.amr),
    provenAgainst: challenge.provenAgainst,
    amr: [...before, ...amrOf(attested), MULTIPLE_FACTORS_AMR],
    isFactorProven: true,
    acr: attested.isUserVerified ? ACR.passkey : ACR.mfa,
  })
  return { issued: onlyProgress(issued), backupCodes: registered.backupCodes }
}
