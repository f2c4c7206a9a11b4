import { fromUuid, type RequestContext, type Secret, type UserContext } from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import { recordRefusal } from '../audit/index.ts'
import type { AssertionOptions } from '../factors/index.ts'
import { findChallengeOwner } from './challenge-store.ts'
import { signInErrors } from './errors.ts'
import { refuseSignIn } from './refuse-sign-in.ts'
import type { SignInServices } from './sign-in-with-password.ts'
import { findStepUp, type StepUpId } from './step-up-store.ts'

/**
 * Asks the user of a sign-in, whose password was right, for one of their credentials. The answer
 * counts in this sign-in only.
 * @throws invalid_challenge_response for every reason alike
 */
export async function challengeFactor(
  services: SignInServices,
  context: RequestContext,
  challenge: Secret<string>,
): Promise<AssertionOptions> {
  const hash = sha256(challenge.reveal())
  const key = { hash, purpose: 'verification', now: context.clock.now() } as const
  const options = await services.database.withTenant(context.tenant.id, async (tx) => {
    const owner = await tx.first(findChallengeOwner(key))
    if (owner === undefined) return undefined
    const request = { userId: fromUuid('usr', owner.user_id), boundTo: hash }
    return services.factors.webauthn.within.beginAssertion(tx, context, request)
  })
  if (options !== undefined) return options
  return refuseSignIn(services, context, {
    reason: 'no_credential_to_ask_for',
    userId: undefined,
    method: 'webauthn',
    error: signInErrors.invalid_challenge_response,
  })
}

/**
 * Asks the user of a session for one of their credentials. The answer counts in this step-up only.
 * @throws step_up_not_found
 */
export async function challengeStepUp(
  { database, factors }: SignInServices,
  context: UserContext,
  id: StepUpId,
): Promise<AssertionOptions> {
  const { userId, sessionId } = context.principal
  const key = { id, sessionId, now: context.clock.now() }
  const options = await database.withTenant(context.tenant.id, async (tx) => {
    if ((await tx.first(findStepUp(key))) === undefined) return undefined
    const request = { userId, boundTo: boundToStepUp(id) }
    return factors.webauthn.within.beginAssertion(tx, context, request)
  })
  if (options !== undefined) return options
  await recordRefusal(database, context, {
    action: 'step_up.refused',
    target: { kind: 'session', id: sessionId },
    details: { reason: 'no_credential_to_ask_for' },
  })
  throw signInErrors.step_up_not_found()
}

/** Binds an assertion to the step-up that asked for it. */
export function boundToStepUp(id: StepUpId): Buffer {
  return sha256(id)
}
