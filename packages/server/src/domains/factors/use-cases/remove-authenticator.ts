import type { UserContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { type AuditEntry, record } from '../../audit/index.ts'
import { deleteBackupCodes } from '../backup-code-store.ts'
import type { FactorDependencies } from '../dependencies.ts'
import { factorErrors } from '../errors.ts'
import { isEnoughLeft } from '../mfa-policy.ts'
import { type FactorOwner, readFactorState } from '../store.ts'
import type { Reauthentication } from './enroll-otp.ts'
import { sendFactorMessage } from './send-factor-message.ts'
import { withFactorProof } from './with-factor-proof.ts'

/** What differs from one kind of authenticator to the other. */
export interface AuthenticatorRemoval {
  /** The event of a refusal. */
  readonly refused: string
  /** The event of the removal. */
  readonly removed: Pick<AuditEntry, 'action' | 'target'>
  /** Deletes it if it is the owner's, says what it was, and throws that it is not found if not. */
  remove(tx: Tx, owner: FactorOwner): Promise<Pick<AuditEntry, 'details'>>
}

/**
 * Removes an authenticator of any kind and ends every other session in the same transaction. Attack:
 * a check that was added for one kind is missing for the other.
 * @throws factor_required, current_password_wrong, factor_code_wrong,
 * insufficient_user_authentication, overloaded
 */
export async function removeAuthenticator(
  deps: FactorDependencies,
  context: UserContext,
  { currentPassword, response }: Reauthentication,
  removal: AuthenticatorRemoval,
): Promise<void> {
  const { refused } = removal
  const { user } = await deps.identity.checkCurrentPassword(context, currentPassword, refused)
  const proof = { account: user.emailKey, response, refused }
  await withFactorProof(deps, context, proof, (tx, { owner }) =>
    removeProven(deps, tx, context, { owner, removal }),
  )
}

/** What is thrown undoes the use of the code as well: nothing was gained with it. */
async function removeProven(
  deps: FactorDependencies,
  tx: Tx,
  context: UserContext,
  { owner, removal }: { owner: FactorOwner; removal: AuthenticatorRemoval },
): Promise<{ removed: true }> {
  const { details = {} } = await removal.remove(tx, owner)
  const { kinds: left } = await readFactorState(tx, owner.id)
  if (!isEnoughLeft(context.tenant.policy, context.principal, left)) {
    throw factorErrors.factor_required()
  }
  if (left.length === 0) await deleteBackupCodes(tx, owner.id)
  const { sessionId } = context.principal
  await deps.credentialChange.credentialChanged(tx, context, owner.id, 'factor_removed', sessionId)
  await record(tx, context, { ...removal.removed, outcome: 'success', details })
  await sendFactorMessage(deps, tx, context, { owner, kind: 'factor_removed' })
  return { removed: true }
}
