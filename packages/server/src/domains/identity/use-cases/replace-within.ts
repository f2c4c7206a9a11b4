import { type RequestContext, type SessionId, toUuid, type UserId } from '../../../kernel/index.ts'
import { type Tx, withdrawSingleUse } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { lockUser, replacePassword } from '../store.ts'
import { rememberPassword } from './remember-password.ts'
import { GIVEN_BEFORE } from './given-before.ts'
import { sendMessage } from './send-message.ts'

export interface Replacement {
  readonly userId: UserId
  /** The stored hash that the present password was proven against. */
  readonly before: string
  readonly after: string
  /** Of the one who asks; every other session ends. */
  readonly keepSession?: SessionId
}

/**
 * Replaces a password that was proven, with all that follows from it.
 * @returns false if it is not the one that was proven any more; nothing is changed then
 */
export async function replaceWithin(
  deps: IdentityDependencies,
  tx: Tx,
  context: RequestContext,
  { userId, before, after, keepSession }: Replacement,
): Promise<boolean> {
  const now = context.clock.now()
  // Sign-in locks the user before it looks at the password, so this waits for it, and then ends
  // the session that it made; or it is first, and sign-in sees the new password.
  const user = await lockUser(tx, userId)
  if (user === undefined) return false
  if (!(await replacePassword(tx, userId, { before, after, now }))) return false
  await rememberPassword(tx, context, userId, before)
  const { credentialChange } = deps
  await credentialChange.credentialChanged(tx, context, userId, 'password_changed', keepSession)
  await withdrawSingleUse(tx, GIVEN_BEFORE, toUuid(userId), now)
  await record(tx, context, {
    action: 'user.password_changed',
    outcome: 'success',
    actor: { userId },
    target: { kind: 'user', id: userId },
  })
  await sendMessage(deps, tx, context, { user, kind: 'password_changed' })
  return true
}
