import {
  addDuration,
  milliseconds,
  type RequestContext,
  type Secret,
  type UserContext,
} from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { accessErrors } from '../../access/index.ts'
import { record } from '../../audit/index.ts'
import { findBackupKey } from '../backup-code-store.ts'
import type { FactorDependencies } from '../dependencies.ts'
import { factorErrors } from '../errors.ts'
import type { Confirmation, FactorId, OtpKind, StoredKind } from '../model.ts'
import { ENROLLMENT_LIFETIME } from '../policy.ts'
import { openOtpSecret } from '../sealed-secret.ts'
import { confirmWithStep, type FactorOwner, findOwner, findPending, lockOwner } from '../store.ts'
import { findOtpStep } from '../one-time-password.ts'
import { judgeGuess } from './judge-guess.ts'
import { makeBackupCodesWithin } from './make-backup-codes.ts'
import { refuseCode } from './refuse-code.ts'
import { sendFactorMessage } from './send-factor-message.ts'

export interface OtpConfirmation {
  readonly kind: OtpKind
  readonly id: FactorId
  readonly code: Secret<string>
}

/**
 * Proves that the secret of an enrolment arrived. From now on the factor counts.
 * @throws factor_not_found, factor_code_wrong
 */
export async function confirmOtp(
  deps: FactorDependencies,
  context: UserContext,
  confirmation: OtpConfirmation,
): Promise<Confirmation> {
  const account = await findAccount(deps, context, confirmation)
  const judged = await judgeGuess(deps.guesses, context, { account }, () =>
    deps.database.withTenant(context.tenant.id, async (tx) => {
      const owner = await lockOwner(tx, context.principal.userId)
      if (owner === undefined) throw accessErrors.user_not_found()
      return confirmOtpWithin(deps, tx, context, { owner, ...confirmation })
    }),
  )
  if (judged.kind === 'refused') {
    throw await refuseCode(deps, context, 'factor.confirmation_refused', judged.reason)
  }
  return judged.result
}

/**
 * In the transaction of a caller who has locked the user and counted the guess.
 * @returns undefined if the code is wrong
 * @throws factor_not_found, factor_secret_unavailable
 */
export async function confirmOtpWithin(
  deps: Pick<FactorDependencies, 'sealer' | 'messages'>,
  tx: Tx,
  context: RequestContext,
  { owner, kind, id, code }: OtpConfirmation & { readonly owner: FactorOwner },
): Promise<Confirmation | undefined> {
  const now = context.clock.now()
  const pending = await findPending(tx, {
    userId: owner.id,
    id,
    kind,
    createdAfter: oldestPending(now),
  })
  if (pending === undefined) throw factorErrors.factor_not_found()
  const secret = openOtpSecret(deps, context.tenant, id, pending.sealed)
  const step = findOtpStep(kind, secret, code, { now, lastUsedStep: pending.lastUsedStep })
  if (step === undefined) return undefined
  if (!(await confirmWithStep(tx, { id, step, now }))) throw factorErrors.factor_not_found()
  return completeConfirmation(deps, tx, context, { owner, id, kind })
}

/** What every factor that counts from now on comes with. */
export async function completeConfirmation(
  deps: Pick<FactorDependencies, 'sealer' | 'messages'>,
  tx: Tx,
  context: RequestContext,
  { owner, id, kind }: { owner: FactorOwner; id: FactorId; kind: StoredKind },
): Promise<Confirmation> {
  await record(tx, context, {
    action: 'factor.confirmed',
    outcome: 'success',
    actor: { userId: owner.id },
    target: { kind: 'factor', id },
    details: { kind },
  })
  await sendFactorMessage(deps, tx, context, { owner, kind: 'factor_added', factor: kind })
  const hasCodes = (await findBackupKey(tx, owner.id)) !== undefined
  return {
    backupCodes: hasCodes ? undefined : await makeBackupCodesWithin(deps, tx, context, owner),
  }
}

export function oldestPending(now: Date): Date {
  return addDuration(now, milliseconds(-ENROLLMENT_LIFETIME.milliseconds))
}

/** An id that is not pending for this user is no guess, so it is not counted as one. */
export function findAccount(
  { database }: FactorDependencies,
  { tenant, principal, clock }: UserContext,
  { id, kind }: { readonly id: FactorId; readonly kind: StoredKind },
): Promise<string> {
  return database.withTenant(tenant.id, async (tx) => {
    const owner = await findOwner(tx, principal.userId)
    const pending = await findPending(tx, {
      userId: principal.userId,
      id,
      kind,
      createdAfter: oldestPending(clock.now()),
    })
    if (owner === undefined || pending === undefined) throw factorErrors.factor_not_found()
    return owner.emailKey
  })
}
