import type { ErrorFactory, RequestContext, Secret, UserId } from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import type { FactorMethod, FactorState } from '../factors/index.ts'
import { type Challenge, type ChallengeKey, lockChallenge } from './challenge-store.ts'
import { signInErrors } from './errors.ts'
import { MULTIPLE_FACTORS_AMR } from './policy.ts'
import { refuseSignIn } from './refuse-sign-in.ts'
import type { SignInServices } from './sign-in-with-password.ts'
import { StepRefused } from './step-refused.ts'

/** Locks the user and the challenge, in the order of every change of a user: the user first. */
export async function lockEnrollment(
  services: SignInServices,
  tx: Tx,
  { userId, key, method }: { userId: UserId; key: ChallengeKey; method: FactorMethod },
) {
  const { within } = services.factors
  const user = await within.lockOwner(tx, userId)
  const challenge = await lockChallenge(tx, key)
  if (user === undefined || challenge === undefined) throw new StepRefused('challenge_used')
  checkMayEnroll(challenge, await within.readState(tx, userId), method)
  return { user, challenge }
}

/**
 * SECURITY: whoever has a factor proves it. Attack: with a challenge from before the first factor,
 * somebody who knows the password binds a factor of their own beside that of the owner. A passkey
 * may come beside codes that were proven in this very sign-in, where codes are not enough.
 */
function checkMayEnroll({ amr }: Challenge, { kinds }: FactorState, method: FactorMethod): void {
  if (kinds.length === 0) return
  const isProven = amr.includes(MULTIPLE_FACTORS_AMR)
  if (isProven && method === 'webauthn' && !kinds.includes('webauthn')) return
  throw new StepRefused('has_factor_already')
}

export function enrollmentKey(context: RequestContext, challenge: Secret<string>): ChallengeKey {
  const hash = sha256(challenge.reveal())
  return { hash, purpose: 'enrollment', now: context.clock.now() }
}

export async function refusingEnrollment<T>(
  services: SignInServices,
  context: RequestContext,
  userId: UserId,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StepRefused)) throw error
    return refuseEnrollment(services, context, { reason: error.reason, userId })
  }
}

export interface EnrollmentRefusal {
  readonly reason: string
  readonly userId?: UserId
  /** Where the reason is told. */
  readonly error?: ErrorFactory | undefined
}

export function refuseEnrollment(
  services: SignInServices,
  context: RequestContext,
  refusal: EnrollmentRefusal,
): Promise<never> {
  const { reason, userId, error = signInErrors.invalid_challenge_response } = refusal
  return refuseSignIn(services, context, { reason, userId, method: 'enrollment', error })
}
