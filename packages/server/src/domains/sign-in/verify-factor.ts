import { fromUuid, type RequestContext, type Secret, type UserId } from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { type FactorResponse, judgeGuess } from '../factors/index.ts'
import {
  type ChallengeKey,
  consumeChallenge,
  lockChallenge,
  takeAttempt,
} from './challenge-store.ts'
import { signInErrors } from './errors.ts'
import { issueSession, toOutcome } from './issue-session.ts'
import { type FactorProgress, onlyProgress } from './only-progress.ts'
import { firstMethodOf, type SignInOutcome } from './model.ts'
import { MULTIPLE_FACTORS_AMR } from './policy.ts'
import { refuseSignIn } from './refuse-sign-in.ts'
import type { SignInServices } from './sign-in-with-password.ts'
import { StepRefused } from './step-refused.ts'

export interface ChallengeResponse {
  readonly challenge: Secret<string>
  readonly response: FactorResponse
  /** Go without a second factor on this device for a while, if the tenant allows that. */
  readonly trustDevice?: boolean
}

/**
 * Completes a sign-in with a second factor. An attempt is taken off the challenge and counted for
 * the account before the answer is judged; the gate is passed again, with all that was proven. What
 * may follow is the enrolment of a stronger factor.
 * @throws invalid_challenge_response for every reason alike
 */
export async function verifyFactor(
  services: SignInServices,
  context: RequestContext,
  { challenge, response, trustDevice = false }: ChallengeResponse,
): Promise<SignInOutcome> {
  const refuse = (reason: string, userId?: UserId) =>
    refuseSignIn(services, context, {
      reason,
      userId,
      method: response.method,
      error: signInErrors.invalid_challenge_response,
    })
  const hash = sha256(challenge.reveal())
  const key = { hash, purpose: 'verification', now: context.clock.now() } as const
  const [[taken]] = await services.database.tenantBatch(context.tenant.id, [takeAttempt(key)])
  if (taken === undefined) return refuse('challenge_unusable')
  const userId = fromUuid('usr', taken.user_id)
  const account = taken.email_key
  const attempt = { key, userId, account, response, trustDevice }
  try {
    const guessed = { account, isCleared: true }
    const judged = await judgeGuess(services.attempts, context, guessed, () =>
      services.database.withTenant(context.tenant.id, (tx) =>
        judge(services, tx, context, attempt),
      ),
    )
    if (judged.kind === 'refused') return await refuse(judged.reason, userId)
    // Clearing is for a session; for a further step only this attempt is given back.
    if (judged.result.kind === 'step') await services.attempts.refund(context, account)
    return await toOutcome(services, context, judged.result)
  } catch (error) {
    if (!(error instanceof StepRefused)) throw error
    return refuse(error.reason, userId)
  }
}

interface Attempt {
  readonly key: ChallengeKey
  readonly userId: UserId
  readonly account: string
  readonly response: FactorResponse
  readonly trustDevice: boolean
}

/**
 * @returns undefined for a wrong code
 * @throws StepRefused, which undoes the use of the code with everything else
 */
async function judge(
  services: SignInServices,
  tx: Tx,
  context: RequestContext,
  { key, userId, account, response, trustDevice }: Attempt,
): Promise<FactorProgress | undefined> {
  // The order of locks is that of every change of a user: the user first.
  await services.factors.within.lockOwner(tx, userId)
  const challenge = await lockChallenge(tx, key)
  if (challenge === undefined) throw new StepRefused('challenge_used')
  const redeemed = await services.factors.within.redeem(tx, context, { userId, response })
  if (redeemed === undefined) return undefined
  await consumeChallenge(tx, key)
  const issued = await issueSession(services, tx, context, {
    userId,
    account,
    transport: challenge.transport,
    method: firstMethodOf(challenge.amr),
    provenAgainst: challenge.provenAgainst,
    amr: [...challenge.amr, ...redeemed.amr, MULTIPLE_FACTORS_AMR],
    isFactorProven: true,
    acr: redeemed.acr,
    // A backup code stands in for a lost factor, once; it vouches for nothing that comes later.
    trustDevice: trustDevice && response.method !== 'backup_code',
  })
  return onlyProgress(issued)
}
