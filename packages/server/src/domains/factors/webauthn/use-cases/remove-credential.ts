import type { UserContext } from '../../../../kernel/index.ts'
import type { Tx } from '../../../../platform/db/index.ts'
import { record } from '../../../audit/index.ts'
import { deleteBackupCodes } from '../../backup-code-store.ts'
import { factorErrors } from '../../errors.ts'
import { isEnoughLeft } from '../../mfa-policy.ts'
import { type FactorOwner, readFactorState } from '../../store.ts'
import type { Reauthentication } from '../../use-cases/enroll-otp.ts'
import { sendFactorMessage } from '../../use-cases/send-factor-message.ts'
import { withFactorProof } from '../../use-cases/with-factor-proof.ts'
import { deleteCredential } from '../credential-store.ts'
import type { FactorDependencies } from '../../dependencies.ts'
import { webauthnErrors } from '../errors.ts'
import type { WebAuthnCredentialId } from '../model.ts'

/**
 * Removes a credential and ends every other session in the same transaction.
 * @throws webauthn_credential_not_found for an id of somebody else too; factor_required,
 * current_password_wrong, factor_code_wrong, insufficient_user_authentication, overloaded
 */
export async function removeCredential(
  deps: FactorDependencies,
  context: UserContext,
  id: WebAuthnCredentialId,
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
  { owner, id }: { owner: FactorOwner; id: WebAuthnCredentialId },
): Promise<{ removed: true }> {
  if (!(await deleteCredential(tx, { id, userId: owner.id }))) {
    throw webauthnErrors.webauthn_credential_not_found()
  }
  const { kinds: left } = await readFactorState(tx, owner.id)
  if (!isEnoughLeft(context.tenant.policy, context.principal, left)) {
    throw factorErrors.factor_required()
  }
  if (left.length === 0) await deleteBackupCodes(tx, owner.id)
  await deps.credentialChange.credentialChanged(
    tx,
    context,
    owner.id,
    'factor_removed',
    context.principal.sessionId,
  )
  await record(tx, context, {
    action: 'webauthn.removed',
    outcome: 'success',
    target: { kind: 'credential', id },
  })
  await sendFactorMessage(deps, tx, context, { owner, kind: 'factor_removed' })
  return { removed: true }
}

const REFUSED = 'webauthn.removal_refused'
