import { type RequestContext, toUuid, type UserId } from '../../../kernel/index.ts'
import { type Tx, withdrawSingleUse } from '../../../platform/db/index.ts'
import { accessErrors, administerUser } from '../../access/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import type { User, UserStatus } from '../model.ts'
import { lockUser, updateStatus } from '../store.ts'
import { checkNotOwnAccount } from './check-not-own-account.ts'

/**
 * Suspends or resumes a user; doing it again changes nothing. Suspending ends all sessions in the
 * same transaction.
 * @throws user_not_found, own_account, user_exceeds_own_permissions
 */
export async function changeStatus(
  { database, credentialChange }: IdentityDependencies,
  context: RequestContext,
  userId: UserId,
  status: UserStatus,
): Promise<User> {
  checkNotOwnAccount(context, userId)
  const now = context.clock.now()
  const change = async (tx: Tx): Promise<User> => {
    const user = await lockUser(tx, userId)
    if (user === undefined) throw accessErrors.user_not_found()
    if (user.status === status) return user
    await updateStatus(tx, userId, status, now)
    if (status === 'suspended') {
      await credentialChange.credentialChanged(tx, context, userId, 'user_suspended')
      await withdrawSingleUse(tx, ['password_reset', 'email_change'], toUuid(userId), now)
    }
    await record(tx, context, {
      action: status === 'suspended' ? 'user.suspended' : 'user.resumed',
      outcome: 'success',
      target: { kind: 'user', id: userId },
    })
    return { ...user, status }
  }
  return administerUser(database, context, userId, change)
}
