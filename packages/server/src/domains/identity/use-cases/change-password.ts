import { type Secret, toUuid, type UserContext } from '../../../kernel/index.ts'
import { withdrawSingleUse } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { checkNewPassword } from '../password-policy.ts'
import { lockUser, replacePassword } from '../store.ts'
import { checkCurrentPassword, refuseCurrentPassword } from './check-current-password.ts'
import { checkNotReused } from './check-not-reused.ts'
import { rememberPassword } from './remember-password.ts'
import { sendMessage } from './send-message.ts'

export interface PasswordChange {
  readonly currentPassword: Secret<string>
  readonly newPassword: Secret<string>
}

/**
 * Ends every other session in the same transaction, and keeps the one that asks.
 * @throws current_password_wrong, password_reused, overloaded, and what `checkNewPassword` throws
 */
export async function changePassword(
  deps: IdentityDependencies,
  context: UserContext,
  { currentPassword, newPassword }: PasswordChange,
): Promise<void> {
  const { userId, sessionId } = context.principal
  const { user, passwordHash: before } = await checkCurrentPassword(
    deps,
    context,
    currentPassword,
    REFUSED,
  )
  await checkNewPassword(deps, context, {
    password: newPassword,
    pointer: '/new_password',
    email: user.email,
    displayName: user.displayName,
  })
  await checkNotReused(deps, context, userId, { password: newPassword, pointer: '/new_password' })
  const after = await deps.hasher.hash(newPassword)
  const now = context.clock.now()
  const isChanged = await deps.database.withTenant(context.tenant.id, async (tx) => {
    // Sign-in locks the user before it looks at the password, so this waits for it, and then ends
    // the session that it made; or it is first, and sign-in sees the new password.
    await lockUser(tx, userId)
    if (!(await replacePassword(tx, userId, { before, after, now }))) return false
    await rememberPassword(tx, context, userId, before)
    const { credentialChange } = deps
    await credentialChange.credentialChanged(tx, context, userId, 'password_changed', sessionId)
    await withdrawSingleUse(tx, ['password_reset', 'invitation'], toUuid(userId), now)
    await record(tx, context, {
      action: 'user.password_changed',
      outcome: 'success',
      target: { kind: 'user', id: userId },
    })
    await sendMessage(deps, tx, context, { user, kind: 'password_changed' })
    return true
  })
  // Another change or a reset came first: what was verified is not the password any more.
  if (!isChanged) throw await refuseCurrentPassword(deps, context, REFUSED, 'changed_meanwhile')
}

const REFUSED = 'user.password_change_refused'
