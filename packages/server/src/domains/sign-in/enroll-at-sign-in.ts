import { fromUuid, type RequestContext, type Secret, type UserId } from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import {
  type Confirmation,
  judgeGuess,
  type FactorConfirmation,
  type OtpEnrollment,
} from '../factors/index.ts'
import { bindFactor, type ChallengeKey, consumeChallenge, takeAttempt } from './challenge-store.ts'
import {
  beginEnrollment,
  enrollmentKey,
  lockEnrollment,
  refuseEnrollment,
  refusingEnrollment,
} from './enrollment-challenge.ts'
import { issueSession, toOutcome } from './issue-session.ts'
import { firstMethodOf, type SignInOutcome } from './model.ts'
import { type FactorProgress, onlyProgress } from './only-progress.ts'
import { MULTIPLE_FACTORS_AMR } from './policy.ts'
import type { SignInServices } from './sign-in-with-password.ts'
import { StepRefused } from './step-refused.ts'

/**
 * Shows a user who must have a second factor, and has none, the secret of a new one. The challenge
 * stands for the password; it can confirm this one factor only.
 * @throws invalid_challenge_response for every reason alike
 */
export async function enrollTotpAtSignIn(
  services: SignInServices,
  context: RequestContext,
  challenge: Secret<string>,
): Promise<OtpEnrollment> {
  const key = enrollmentKey(context, challenge)
  return beginEnrollment(services, context, { key, method: 'totp' }, async (tx, user) => {
    const enrollment = await services.factors.within.enrollTotp(tx, context, user)
    await bindFactor(tx, key, enrollment.id)
    return enrollment
  })
}

export interface EnrollmentConfirmation extends FactorConfirmation {
  readonly challenge: Secret<string>
}

/**
 * Confirms that factor and completes the sign-in in the same transaction.
 * @throws invalid_challenge_response for every reason alike
 */
export async function confirmTotpAtSignIn(
  services: SignInServices,
  context: RequestContext,
  { challenge, id, code }: EnrollmentConfirmation,
): Promise<SignInOutcome> {
  const key = enrollmentKey(context, challenge)
  const [[taken]] = await services.database.tenantBatch(context.tenant.id, [takeAttempt(key)])
  if (taken === undefined)
    return refuseEnrollment(services, context, { reason: 'challenge_unusable' })
  const userId = fromUuid('usr', taken.user_id)
  const account = taken.email_key
  const attempt = { key, userId, account, id, code }
  return refusingEnrollment(services, context, userId, async () => {
    const guessed = { account, isCleared: true }
    const judged = await judgeGuess(services.attempts, context, guessed, () =>
      services.database.withTenant(context.tenant.id, (tx) =>
        judge(services, tx, context, attempt),
      ),
    )
    if (judged.kind === 'refused') throw new StepRefused(judged.reason)
    const { issued, backupCodes } = judged.result
    // Clearing is for a session; for a further step only this attempt is given back.
    if (issued.kind === 'step') await services.attempts.refund(context, account)
    return { ...(await toOutcome(services, context, issued)), backupCodes }
  })
}

interface Attempt extends FactorConfirmation {
  readonly key: ChallengeKey
  readonly userId: UserId
  readonly account: string
}

interface Judged extends Confirmation {
  readonly issued: FactorProgress
}

async function judge(
  services: SignInServices,
  tx: Tx,
  context: RequestContext,
  { key, userId, account, id, code }: Attempt,
): Promise<Judged | undefined> {
  const { user, challenge } = await lockEnrollment(services, tx, { userId, key, method: 'totp' })
  if (challenge.factorId !== id) throw new StepRefused('factor_of_another_challenge')
  const confirmation = { owner: user, id, code }
  const confirmed = await services.factors.within.confirmTotp(tx, context, confirmation)
  if (confirmed === undefined) return undefined
  await consumeChallenge(tx, key)
  const issued = await issueSession(services, tx, context, {
    userId,
    account,
    transport: challenge.transport,
    method: firstMethodOf(challenge.amr),
    provenAgainst: challenge.provenAgainst,
    amr: [...challenge.amr, 'otp', MULTIPLE_FACTORS_AMR],
    isFactorProven: true,
  })
  return { issued: notAgain(onlyProgress(issued)), backupCodes: confirmed.backupCodes }
}

/** What is enrolled where something stronger is demanded leads nowhere, so it is not kept. */
function notAgain(progress: FactorProgress): FactorProgress {
  if (progress.kind === 'issued') return progress
  if (progress.outcome.kind === 'mfa_enrollment_required') throw new StepRefused('factor_too_weak')
  return progress
}
