import { type RequestContext, toUuid, type UserId } from '../../../kernel/index.ts'
import { type Tx, withdrawSingleUse } from '../../../platform/db/index.ts'
import { accessErrors, administerUser } from '../../access/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { identityErrors } from '../errors.ts'
import type { User, UserStatus } from '../model.ts'
import { isHeld, takeHoldOver } from '../screening-hold-store.ts'
import { lockUser, updateStatus } from '../store.ts'
import { checkNotOwnAccount } from './check-not-own-account.ts'

/**
 * Suspends or resumes a user; doing it again changes nothing. Suspending ends all sessions in the
 * same transaction.
 * @throws user_not_found, own_account, user_exceeds_own_permissions, user_held_for_screening
 */
export async function changeStatus(
  deps: IdentityDependencies,
  context: RequestContext,
  userId: UserId,
  status: UserStatus,
): Promise<User> {
  checkNotOwnAccount(context, userId)
  return administerUser(deps.database, context, userId, (tx) =>
    status === 'suspended'
      ? suspendWithin(deps, tx, context, userId)
      : resumeWithin(deps, tx, context, userId),
  )
}

/** In a transaction of `administerUser`. @throws user_not_found */
export async function suspendWithin(
  { credentialChange }: Pick<IdentityDependencies, 'credentialChange'>,
  tx: Tx,
  context: RequestContext,
  userId: UserId,
): Promise<User> {
  const now = context.clock.now()
  const user = await getLocked(tx, userId)
  if (user.status === 'suspended') {
    // Whom the screening suspended, a cleared hit must not resume against the administrator.
    if (await takeHoldOver(tx, userId, now)) await recordStatus(tx, context, userId, 'suspended')
    return user
  }
  await updateStatus(tx, userId, 'suspended', now)
  await credentialChange.credentialChanged(tx, context, userId, 'user_suspended')
  await withdrawSingleUse(tx, ['password_reset', 'email_change'], toUuid(userId), now)
  await recordStatus(tx, context, userId, 'suspended')
  return { ...user, status: 'suspended' }
}

async function resumeWithin(
  { nameScreening }: Pick<IdentityDependencies, 'nameScreening'>,
  tx: Tx,
  context: RequestContext,
  userId: UserId,
): Promise<User> {
  const user = await getLocked(tx, userId)
  if (user.status === 'active') return user
  // Deciding a hit takes a permission of its own, and `users.write` is no way around it. Attack:
  // suspending whom the screening suspended, so that the suspension is an administrator's.
  if ((await isHeld(tx, userId)) || (await nameScreening?.holds(tx, context, userId)) === true) {
    throw identityErrors.user_held_for_screening()
  }
  await updateStatus(tx, userId, 'active', context.clock.now())
  await recordStatus(tx, context, userId, 'active')
  return { ...user, status: 'active' }
}

async function getLocked(tx: Tx, userId: UserId): Promise<User> {
  const user = await lockUser(tx, userId)
  if (user === undefined) throw accessErrors.user_not_found()
  return user
}

function recordStatus(
  tx: Tx,
  context: RequestContext,
  userId: UserId,
  status: UserStatus,
): Promise<void> {
  return record(tx, context, {
    action: status === 'suspended' ? 'user.suspended' : 'user.resumed',
    outcome: 'success',
    target: { kind: 'user', id: userId },
  })
}
