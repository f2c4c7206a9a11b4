import type { RequestContext, Secret, UserContext, UserId } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { accessErrors, administerUser } from '../../access/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { deleteUserRow } from '../store.ts'
import { checkCurrentPassword } from './check-current-password.ts'
import { checkNotOwnAccount } from './check-not-own-account.ts'

/** @throws user_not_found, own_account, user_exceeds_own_permissions */
export async function deleteUser(
  deps: IdentityDependencies,
  context: RequestContext,
  userId: UserId,
): Promise<void> {
  checkNotOwnAccount(context, userId)
  await administerUser(deps.database, context, userId, (tx) => deleteWithEvent(tx, context, userId))
}

/** @throws current_password_wrong, overloaded */
export async function deleteOwnAccount(
  deps: IdentityDependencies,
  context: UserContext,
  currentPassword: Secret<string>,
): Promise<void> {
  await checkCurrentPassword(deps, context, currentPassword, 'user.deletion_refused')
  await deps.database.withTenant(context.tenant.id, (tx) =>
    deleteWithEvent(tx, context, context.principal.userId),
  )
}

async function deleteWithEvent(tx: Tx, context: RequestContext, userId: UserId): Promise<void> {
  // Recorded first: what clients knew of the user goes with the row, and it says whom to tell.
  await record(tx, context, {
    action: 'user.deleted',
    outcome: 'success',
    target: { kind: 'user', id: userId },
  })
  // Sessions, refresh tokens, roles and unused values go with the row.
  if (!(await deleteUserRow(tx, userId))) throw accessErrors.user_not_found()
}
