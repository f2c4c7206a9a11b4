import type { RequestContext, Secret, UserContext, UserId } from '../../../kernel/index.ts'
import { accessErrors } from '../../access/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { deleteUserRow } from '../store.ts'
import { checkCurrentPassword } from './check-current-password.ts'
import { checkNotOwnAccount } from './check-not-own-account.ts'

/** @throws user_not_found, own_account */
export async function deleteUser(
  deps: IdentityDependencies,
  context: RequestContext,
  userId: UserId,
): Promise<void> {
  checkNotOwnAccount(context, userId)
  await deleteWithEvent(deps, context, userId)
}

/** @throws current_password_wrong, overloaded */
export async function deleteOwnAccount(
  deps: IdentityDependencies,
  context: UserContext,
  currentPassword: Secret<string>,
): Promise<void> {
  await checkCurrentPassword(deps, context, currentPassword, 'user.deletion_refused')
  await deleteWithEvent(deps, context, context.principal.userId)
}

async function deleteWithEvent(
  { database }: IdentityDependencies,
  context: RequestContext,
  userId: UserId,
): Promise<void> {
  await database.withTenant(context.tenant.id, async (tx) => {
    // Sessions, refresh tokens, roles and unused values go with the row.
    if (!(await deleteUserRow(tx, userId))) throw accessErrors.user_not_found()
    await record(tx, context, {
      action: 'user.deleted',
      outcome: 'success',
      target: { kind: 'user', id: userId },
    })
  })
}
