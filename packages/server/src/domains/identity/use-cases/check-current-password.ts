import type { Secret, UserContext } from '../../../kernel/index.ts'
import { recordRefusal } from '../../audit/index.ts'
import { accessErrors } from '../../access/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { identityErrors } from '../errors.ts'
import type { User } from '../model.ts'
import { selectPassword, selectUser, toUser } from '../store.ts'
import { verifyPassword } from './verify-password.ts'

/**
 * Proves again who is there, before something that a stolen session must not be enough for.
 * Wrong guesses count like those at sign-in.
 * @param refused action of the audit event of a refusal
 * @returns the user, and the hash that matched
 * @throws current_password_wrong, also while guessing is blocked; user_not_found
 */
export async function checkCurrentPassword(
  deps: IdentityDependencies,
  context: UserContext,
  password: Secret<string>,
  refused: string,
): Promise<{ user: User; passwordHash: string }> {
  const { userId } = context.principal
  const [users, passwords] = await deps.database.tenantBatch(context.tenant.id, [
    selectUser(userId),
    selectPassword(userId),
  ])
  const [row] = users
  if (row === undefined) throw accessErrors.user_not_found()
  const user = toUser(row)
  const reservation = await deps.guesses.reserve(context, user.emailKey)
  if (reservation.blocked) throw await refuseCurrentPassword(deps, context, refused, 'blocked')
  const passwordHash = passwords[0]?.password_hash
  const { matches } = await verifyPassword(deps, passwordHash, password).catch(
    async (error: unknown) => {
      // An overloaded hasher says nothing about the password.
      await deps.guesses.refund(context, user.emailKey, reservation)
      throw error
    },
  )
  if (passwordHash === undefined || !matches) {
    throw await refuseCurrentPassword(deps, context, refused, 'wrong_password')
  }
  await deps.guesses.refund(context, user.emailKey, reservation)
  return { user, passwordHash }
}

/** Records the refusal and makes the error to throw. */
export async function refuseCurrentPassword(
  { database }: IdentityDependencies,
  context: UserContext,
  action: string,
  reason: string,
): Promise<Error> {
  const target = { kind: 'user', id: context.principal.userId }
  await recordRefusal(database, context, { action, target, details: { reason } })
  return identityErrors.current_password_wrong()
}
