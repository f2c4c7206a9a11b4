import type { UserContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import { deleteBackupCodes } from '../backup-code-store.ts'
import type { FactorDependencies } from '../dependencies.ts'
import { factorErrors } from '../errors.ts'
import { isEnoughLeft } from '../mfa-policy.ts'
import type { FactorId } from '../model.ts'
import { deleteConfirmed, type FactorOwner, readFactorState } from '../store.ts'
import type { Reauthentication } from './enroll-otp.ts'
import { sendFactorMessage } from './send-factor-message.ts'
import { withFactorProof } from './with-factor-proof.ts'

/**
 * Removes a factor and ends every other session in the same transaction.
 * @throws factor_not_found for an id of somebody else too; factor_required,
 * current_password_wrong, factor_code_wrong, insufficient_user_authentication, overloaded
 */
export async function removeFactor(
  deps: FactorDependencies,
  context: UserContext,
  id: FactorId,
  { currentPassword, response }: Reauthentication,
): Promise<void> {
  const { user } = await deps.identity.checkCurrentPassword(context, currentPassword, REFUSED)
  const proof = { account: user.emailKey, response, refused: REFUSED }
  await withFactorProof(deps, context, proof, (tx, locked) =>
    remove(deps, tx, context, { ...locked, id }),
  )
}

/** What is thrown undoes the use of the code as well: nothing was gained with it. */
async function remove(
  deps: FactorDependencies,
  tx: Tx,
  context: UserContext,
  { owner, id }: { owner: FactorOwner; id: FactorId },
): Promise<{ removed: true }> {
  if (!(await deleteConfirmed(tx, owner.id, id))) throw factorErrors.factor_not_found()
  const { kinds: left } = await readFactorState(tx, owner.id)
  if (!isEnoughLeft(context.tenant.policy, context.principal, left)) {
    throw factorErrors.factor_required()
  }
  if (left.length === 0) await deleteBackupCodes(tx, owner.id)
  const { sessionId } = context.principal
  await deps.credentialChange.credentialChanged(tx, context, owner.id, 'factor_removed', sessionId)
  await record(tx, context, {
    action: 'factor.removed',
    outcome: 'success',
    target: { kind: 'factor', id },
  })
  await sendFactorMessage(deps, tx, context, { owner, kind: 'factor_removed' })
  return { removed: true }
}

const REFUSED = 'factor.removal_refused'
