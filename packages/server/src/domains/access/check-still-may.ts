import { type RequestContext, toUuid } from '../../kernel/index.ts'
import { sql, type Tx } from '../../platform/db/index.ts'
import { checkMayGrant } from './authorize.ts'
import { accessErrors } from './errors.ts'
import { permissionsOf } from './permissions-of.ts'
import { findCustomPermissionsOf, findRolesOf } from './store.ts'

/**
 * Bounds what is given or taken by what the caller has, in the transaction of the change: behind the
 * lock of a role and before those of other users.
 * @throws permission_denied, role_exceeds_own_permissions
 */
export async function checkStillMayGrant(
  tx: Tx,
  context: RequestContext,
  permissions: readonly string[],
): Promise<void> {
  await checkStillMay(tx, context)
  checkMayGrant(context, permissions)
}

/**
 * The caller is still active and has lost no permission since the request was authorized.
 *
 * SECURITY: what was read then may be long ago: a hash, a list elsewhere or a risk service can be
 * waited for. Attack: an administrator keeps requests waiting and loses their powers; when one goes
 * on, a second account of theirs gets the powers (I4). The caller is locked, so whoever takes
 * something from them, or suspends them, comes before or after all of this.
 * @throws permission_denied
 */
async function checkStillMay(tx: Tx, context: RequestContext): Promise<void> {
  const { principal, tenant } = context
  if (principal === undefined) return
  const { userId } = principal
  const [active, roles, custom] = await Promise.all([
    tx.first(sql<{ id: string }>`
      SELECT id FROM users
       WHERE tenant_id = current_tenant_id() AND id = ${toUuid(userId)} AND status = 'active'
         FOR KEY SHARE`),
    findRolesOf(tx, userId),
    findCustomPermissionsOf(tx, userId),
  ])
  const permissions = permissionsOf(tenant, roles, custom)
  const hasAll = [...principal.permissions].every((permission) => permissions.has(permission))
  if (active !== undefined && hasAll) return
  throw accessErrors.permission_denied({ internal: 'lost since the request was authorized' })
}
