import { AppError, type RequestContext, toUuid, type UserId } from '../../kernel/index.ts'
import { type Database, sql, type Tx } from '../../platform/db/index.ts'
import { recordRefusal } from '../audit/index.ts'
import { checkMayAdminister } from './authorize.ts'
import { accessErrors } from './errors.ts'
import { permissionsOf } from './permissions-of.ts'
import { findCustomPermissionsOf, findRolesOf } from './store.ts'

/**
 * Every change of what belongs to a user goes through here: it runs in one transaction, in which the
 * user is locked and does not have more permissions than the caller. Who changes what is their own is
 * not asked. A user who does not exist has no permissions; `work` says so.
 * @throws user_exceeds_own_permissions; the attempt is recorded
 */
export function administerUser<T>(
  database: Database,
  context: RequestContext,
  userId: UserId,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return auditingEscalations(database, context, () =>
    database.withTenant(context.tenant.id, async (tx) => {
      await checkRank(tx, context, userId)
      return work(tx)
    }),
  )
}

/** Records an attempted escalation that `work` throws, then throws it on. */
export async function auditingEscalations<T>(
  database: Database,
  context: RequestContext,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const action = error instanceof AppError ? ESCALATIONS[error.code] : undefined
    // Not in the transaction that it ends.
    if (error instanceof AppError && action !== undefined) {
      await recordRefusal(database, context, { action, details: { reason: error.code } })
    }
    throw error
  }
}

/**
 * In the transaction of the change. The user is locked first, so that nobody is given a role between
 * the question and the change.
 * @throws user_exceeds_own_permissions
 */
export async function checkRank(tx: Tx, context: RequestContext, userId: UserId): Promise<void> {
  if (context.principal?.userId === userId) return
  await tx.run(sql`
    SELECT id FROM users
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(userId)} FOR UPDATE`)
  const roles = await findRolesOf(tx, userId)
  const custom = await findCustomPermissionsOf(tx, userId)
  checkMayAdminister(context, permissionsOf(context.tenant, roles, custom))
}

/** Action of the audit event, by the code of the refusal. */
const ESCALATIONS: Readonly<Record<string, string>> = {
  [accessErrors.permission_denied.code]: 'permission.refused',
  [accessErrors.role_exceeds_own_permissions.code]: 'role.change_refused',
  [accessErrors.user_exceeds_own_permissions.code]: 'user.administration_refused',
}
