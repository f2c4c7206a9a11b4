import { fromUuid, type RequestContext, type Secret, type UserContext } from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import { recordRefusal } from '../audit/index.ts'
import { recordingSmsRefusals, type SentSmsCode } from '../factors/index.ts'
import { boundToStepUp } from './begin-factor-assertion.ts'
import { findChallengeOwner } from './challenge-store.ts'
import { signInErrors } from './errors.ts'
import { refuseSignIn } from './refuse-sign-in.ts'
import type { SignInServices } from './sign-in-with-password.ts'
import { findStepUp, type StepUpId } from './step-up-store.ts'

/**
 * Sends a code to the user of a sign-in whose first factor was right. It counts in this sign-in
 * only, and its tries are those of the challenge.
 * @throws invalid_challenge_response for every reason that is not a limit;
 * sms_disabled, sms_destination_refused, sms_limit_reached, factor_secret_unavailable
 */
export async function sendCodeAtSignIn(
  services: SignInServices,
  context: RequestContext,
  challenge: Secret<string>,
): Promise<SentSmsCode> {
  const { database, factors } = services
  const hash = sha256(challenge.reveal())
  const key = { hash, purpose: 'verification', now: context.clock.now() } as const
  const [[owner]] = await database.tenantBatch(context.tenant.id, [findChallengeOwner(key)])
  const userId = owner === undefined ? undefined : fromUuid('usr', owner.user_id)
  if (userId !== undefined) {
    const sent = await recordingSmsRefusals(database, context, userId, () =>
      database.withTenant(context.tenant.id, async (tx) => {
        await factors.within.lockOwner(tx, userId)
        return factors.within.sendSmsCode(tx, context, { userId, boundTo: hash })
      }),
    )
    if (sent !== undefined) return sent
  }
  return refuseSignIn(services, context, {
    reason: userId === undefined ? 'challenge_unusable' : 'no_phone_number',
    userId,
    method: 'sms',
    error: signInErrors.invalid_challenge_response,
  })
}

/**
 * Sends a code to the user of a session. It counts in this step-up only.
 * @throws step_up_not_found, sms_disabled, sms_destination_refused, sms_limit_reached,
 * factor_secret_unavailable
 */
export async function sendCodeForStepUp(
  { database, factors }: SignInServices,
  context: UserContext,
  id: StepUpId,
): Promise<SentSmsCode> {
  const { userId, sessionId } = context.principal
  const key = { id, sessionId, now: context.clock.now() }
  const sent = await recordingSmsRefusals(database, context, userId, () =>
    database.withTenant(context.tenant.id, async (tx) => {
      if ((await tx.first(findStepUp(key))) === undefined) return undefined
      await factors.within.lockOwner(tx, userId)
      return factors.within.sendSmsCode(tx, context, { userId, boundTo: boundToStepUp(id) })
    }),
  )
  if (sent !== undefined) return sent
  await recordRefusal(database, context, {
    action: 'step_up.refused',
    target: { kind: 'session', id: sessionId },
    details: { reason: 'no_phone_number' },
  })
  throw signInErrors.step_up_not_found()
}
