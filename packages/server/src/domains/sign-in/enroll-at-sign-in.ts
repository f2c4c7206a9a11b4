import { fromUuid, type RequestContext, type Secret, type UserId } from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import {
  type Confirmation,
  judgeGuess,
  type TotpConfirmation,
  type TotpEnrollment,
} from '../factors/index.ts'
import {
  bindFactor,
  type ChallengeKey,
  consumeChallenge,
  findChallengeOwner,
  lockChallenge,
  takeAttempt,
} from './challenge-store.ts'
import { signInErrors } from './errors.ts'
import { issueSession, toComplete } from './issue-session.ts'
import { type FactorProgress, onlyProgress } from './only-progress.ts'
import type { SignInOutcome } from './model.ts'
import { MULTIPLE_FACTORS_AMR } from './policy.ts'
import { refuseSignIn } from './refuse-sign-in.ts'
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
): Promise<TotpEnrollment> {
  const key = keyOf(context, challenge)
  const [[owner]] = await services.database.tenantBatch(context.tenant.id, [
    findChallengeOwner(key),
  ])
  if (owner === undefined) return refuse(services, context, 'challenge_unusable', undefined)
  const userId = fromUuid('usr', owner.user_id)
  return refusing(services, context, userId, () =>
    services.database.withTenant(context.tenant.id, async (tx) => {
      const { user } = await lockBoth(services, tx, userId, key)
      const enrollment = await services.factors.within.enrollTotp(tx, context, user)
      await bindFactor(tx, key, enrollment.id)
      return enrollment
    }),
  )
}

export interface EnrollmentConfirmation extends TotpConfirmation {
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
  const key = keyOf(context, challenge)
  const [[taken]] = await services.database.tenantBatch(context.tenant.id, [takeAttempt(key)])
  if (taken === undefined) return refuse(services, context, 'challenge_unusable', undefined)
  const userId = fromUuid('usr', taken.user_id)
  const account = taken.email_key
  const attempt = { key, userId, account, id, code }
  return refusing(services, context, userId, async () => {
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
    return issued.kind === 'step'
      ? { ...issued.outcome, backupCodes }
      : { ...(await toComplete(services, context, issued)), backupCodes }
  })
}

interface Attempt extends TotpConfirmation {
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
  const { user, challenge } = await lockBoth(services, tx, userId, key)
  if (challenge.factorId !== id) throw new StepRefused('factor_of_another_challenge')
  const confirmation = { owner: user, id, code }
  const confirmed = await services.factors.within.confirmTotp(tx, context, confirmation)
  if (confirmed === undefined) return undefined
  await consumeChallenge(tx, key)
  const issued = await issueSession(services, tx, context, {
    userId,
    account,
    transport: challenge.transport,
    method: 'password',
    provenAgainst: challenge.provenAgainst,
    amr: [...challenge.amr, 'otp', MULTIPLE_FACTORS_AMR],
    isFactorProven: true,
  })
  return { issued: onlyProgress(issued), backupCodes: confirmed.backupCodes }
}

/**
 * SECURITY: whoever has a factor proves it. Attack: with a challenge from before the first factor,
 * somebody who knows the password binds a factor of their own beside that of the owner.
 */
async function lockBoth(services: SignInServices, tx: Tx, userId: UserId, key: ChallengeKey) {
  const { within } = services.factors
  const user = await within.lockOwner(tx, userId)
  const challenge = await lockChallenge(tx, key)
  if (user === undefined || challenge === undefined) throw new StepRefused('challenge_used')
  const { kinds } = await within.readState(tx, userId)
  if (kinds.length > 0) throw new StepRefused('has_factor_already')
  return { user, challenge }
}

function keyOf(context: RequestContext, challenge: Secret<string>): ChallengeKey {
  const hash = sha256(challenge.reveal())
  return { hash, purpose: 'enrollment', now: context.clock.now() }
}

async function refusing<T>(
  services: SignInServices,
  context: RequestContext,
  userId: UserId,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StepRefused)) throw error
    return refuse(services, context, error.reason, userId)
  }
}

function refuse(
  services: SignInServices,
  context: RequestContext,
  reason: string,
  userId: UserId | undefined,
): Promise<never> {
  const error = signInErrors.invalid_challenge_response
  return refuseSignIn(services, context, { reason, userId, method: 'enrollment', error })
}
