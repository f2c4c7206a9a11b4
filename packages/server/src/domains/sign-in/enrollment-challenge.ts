import {
  type ErrorFactory,
  fromUuid,
  type RequestContext,
  type Secret,
  type UserId,
} from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import type { FactorMethod, FactorState } from '../factors/index.ts'
import {
  type Challenge,
  type ChallengeKey,
  findChallengeOwner,
  lockChallenge,
} from './challenge-store.ts'
import { signInErrors } from './errors.ts'
import { MULTIPLE_FACTORS_AMR } from './policy.ts'
import { refuseSignIn } from './refuse-sign-in.ts'
import type { SignInServices } from './sign-in-with-password.ts'
import { StepRefused } from './step-refused.ts'

type LockedEnrollment = Awaited<ReturnType<typeof lockEnrollment>>

/**
 * Begins to enrol an authenticator for whoever the challenge is of; nothing is taken off it.
 * @throws invalid_challenge_response for every reason alike
 */
export async function beginEnrollment<T>(
  services: SignInServices,
  context: RequestContext,
  { key, method }: { readonly key: ChallengeKey; readonly method: FactorMethod },
  work: (tx: Tx, user: LockedEnrollment['user']) => Promise<T>,
): Promise<T> {
  const { database } = services
  const [[owner]] = await database.tenantBatch(context.tenant.id, [findChallengeOwner(key)])
  if (owner === undefined) {
    return refuseEnrollment(services, context, { reason: 'challenge_unusable' })
  }
  const userId = fromUuid('usr', owner.user_id)
  return refusingEnrollment(services, context, userId, () =>
    database.withTenant(context.tenant.id, async (tx) => {
      const { user } = await lockEnrollment(services, tx, { userId, key, method })
      return work(tx, user)
    }),
  )
}

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
