import { fromUuid, type RequestContext, type Secret, type UserId } from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import type { PreparedReplacement } from '../identity/index.ts'
import { fingerprintOf } from './can-issue.ts'
import {
  type ChallengeKey,
  consumeChallenge,
  lockChallenge,
  takeAttempt,
} from './challenge-store.ts'
import { signInErrors } from './errors.ts'
import { type IssueOutcome, issueSession, toOutcome } from './issue-session.ts'
import type { SignInOutcome } from './model.ts'
import { MULTIPLE_FACTORS_AMR } from './policy.ts'
import { refuseSignIn } from './refuse-sign-in.ts'
import type { SignInServices } from './sign-in-with-password.ts'
import { StepRefused } from './step-refused.ts'

export interface DemandedChange {
  readonly challenge: Secret<string>
  readonly newPassword: Secret<string>
}

/**
 * Replaces a password at sign-in, when every factor was proven, and completes the sign-in in the
 * same transaction. An attempt is taken off the challenge before the password is looked at, so that
 * one challenge costs a bounded number of hashes.
 * @throws invalid_challenge_response, password_reused, overloaded, and what the policy refuses with
 */
export async function completePasswordChange(
  services: SignInServices,
  context: RequestContext,
  { challenge, newPassword }: DemandedChange,
): Promise<SignInOutcome> {
  const hash = sha256(challenge.reveal())
  const key = { hash, purpose: 'password_change', now: context.clock.now() } as const
  const [[taken]] = await services.database.tenantBatch(context.tenant.id, [takeAttempt(key)])
  if (taken === undefined) return refuse(services, context, 'challenge_unusable', undefined)
  const userId = fromUuid('usr', taken.user_id)
  const prepared = await services.identity.prepareReplacement(context, userId, newPassword)
  if (prepared === undefined) return refuse(services, context, 'credential_changed', userId)
  const change = { key, account: taken.email_key, prepared }
  try {
    const issued = await services.database.withTenant(context.tenant.id, (tx) =>
      replaceAndIssue(services, tx, context, change),
    )
    return await toOutcome(services, context, issued)
  } catch (error) {
    if (!(error instanceof StepRefused)) throw error
    return refuse(services, context, error.reason, userId)
  }
}

interface Change {
  readonly key: ChallengeKey
  readonly account: string
  readonly prepared: PreparedReplacement
}

/** @throws StepRefused, which undoes the change with everything else */
async function replaceAndIssue(
  services: SignInServices,
  tx: Tx,
  context: RequestContext,
  { key, account, prepared }: Change,
): Promise<Exclude<IssueOutcome, { kind: 'refuse' }>> {
  const { userId, before, after } = prepared
  const { within } = services.factors
  // The order of locks is that of every change of a user: the user first.
  await within.lockOwner(tx, userId)
  const challenge = await lockChallenge(tx, key)
  if (challenge === undefined) throw new StepRefused('challenge_used')
  if (!fingerprintOf(before).equals(challenge.provenAgainst)) {
    throw new StepRefused('credential_changed')
  }
  const isFactorProven = challenge.amr.includes(MULTIPLE_FACTORS_AMR)
  // A factor that was removed since proves nothing any more.
  if (isFactorProven && (await within.readState(tx, userId)).kinds.length === 0) {
    throw new StepRefused('factor_removed')
  }
  if (!(await services.identity.replaceDemanded(tx, context, prepared))) {
    throw new StepRefused('credential_changed')
  }
  await consumeChallenge(tx, key)
  const { transport, amr, acr } = challenge
  const issued = await issueSession(services, tx, context, {
    userId,
    account,
    transport,
    method: 'password',
    provenAgainst: fingerprintOf(after),
    amr,
    acr,
    isFactorProven,
  })
  if (issued.kind === 'refuse') throw new StepRefused(issued.reason)
  return issued
}

function refuse(
  services: SignInServices,
  context: RequestContext,
  reason: string,
  userId: UserId | undefined,
): Promise<never> {
  const error = signInErrors.invalid_challenge_response
  return refuseSignIn(services, context, { reason, userId, method: 'password_change', error })
}
