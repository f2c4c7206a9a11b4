import type { RequestContext, Secret, UserId } from '../../../kernel/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { checkNewPassword } from '../password-policy.ts'
import { selectPassword, selectUser, toUser } from '../store.ts'
import { checkNotReused } from './check-not-reused.ts'
import type { Replacement } from './replace-within.ts'

/** A new password that kept every rule, hashed, and the stored hash that it is to replace. */
export type PreparedReplacement = Omit<Replacement, 'keepSession'>

/**
 * The part of a demanded change that takes long, outside of the transaction that decides. The
 * present password is refused whatever the profile remembers, or nothing would change.
 * @returns undefined if there is no password to replace
 * @throws password_reused, overloaded, and what `checkNewPassword` throws
 */
export async function prepareReplacement(
  deps: IdentityDependencies,
  context: RequestContext,
  userId: UserId,
  password: Secret<string>,
): Promise<PreparedReplacement | undefined> {
  const [users, passwords] = await deps.database.tenantBatch(context.tenant.id, [
    selectUser(userId),
    selectPassword(userId),
  ])
  const [row] = users
  const before = passwords[0]?.password_hash
  if (row === undefined || before === undefined) return undefined
  const pointer = '/new_password'
  const { email, displayName } = toUser(row)
  await checkNewPassword(deps, context, { password, pointer, email, displayName })
  await checkNotReused(deps, context, userId, { password, pointer, mustDiffer: true })
  return { userId, before, after: await deps.hasher.hash(password) }
}
