import type { RequestContext, UserId } from '../../../kernel/index.ts'
import { parseEmailAddress } from '../../../platform/mail/index.ts'
import { accessErrors } from '../../access/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import type { User, UserStatus } from '../model.ts'
import { listUserRows, selectUser, toUser } from '../store.ts'

export interface UserPage {
  readonly after?: UserId | undefined
  /** Exactly this address, in any case. */
  readonly email?: string | undefined
  readonly status?: UserStatus | undefined
  readonly limit: number
}

/** @throws user_not_found */
export async function getUser(
  { database }: IdentityDependencies,
  context: RequestContext,
  userId: UserId,
): Promise<User> {
  const [rows] = await database.tenantBatch(context.tenant.id, [selectUser(userId)])
  const [row] = rows
  if (row === undefined) throw accessErrors.user_not_found()
  return toUser(row)
}

/** @throws user_not_found */
export async function getUserWithRoles(
  { database, access }: IdentityDependencies,
  context: RequestContext,
  userId: UserId,
): Promise<{ user: User; roles: readonly string[] }> {
  return database.withTenant(context.tenant.id, async (tx) => {
    const row = await tx.first(selectUser(userId))
    if (row === undefined) throw accessErrors.user_not_found()
    return { user: toUser(row), roles: await access.rolesOf(tx, userId) }
  })
}

/** Oldest first. An `email` that is no address matches nobody. */
export async function listUsers(
  { database }: IdentityDependencies,
  context: RequestContext,
  page: UserPage,
): Promise<readonly User[]> {
  const emailKey = page.email === undefined ? undefined : parseEmailAddress(page.email)
  if (page.email !== undefined && emailKey === undefined) return []
  const { after, status, limit } = page
  return database.withTenant(context.tenant.id, (tx) =>
    listUserRows(tx, { after, emailKey, status, limit }),
  )
}
