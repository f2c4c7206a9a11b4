import type { Secret, UserContext } from '../../../kernel/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { checkNewPassword } from '../password-policy.ts'
import { checkCurrentPassword, refuseCurrentPassword } from './check-current-password.ts'
import { checkNotReused } from './check-not-reused.ts'
import { replaceWithin } from './replace-within.ts'

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
  const isChanged = await deps.database.withTenant(context.tenant.id, (tx) =>
    replaceWithin(deps, tx, context, { userId, before, after, keepSession: sessionId }),
  )
  // Another change or a reset came first: what was verified is not the password any more.
  if (!isChanged) throw await refuseCurrentPassword(deps, context, REFUSED, 'changed_meanwhile')
}

const REFUSED = 'user.password_change_refused'
