import type { RequestContext, UserId } from '../../kernel/index.ts'
import type { Database, Tx } from '../../platform/db/index.ts'
import { record } from '../audit/index.ts'
import { auditingEscalations, checkRank } from './administer-user.ts'
import { checkStillMayGrant } from './check-still-may.ts'
import { accessErrors } from './errors.ts'
import { builtInRolesOf, type Role } from './model.ts'
import { checkDefinition, createRoles, type NewRole, type Roles } from './roles.ts'
import {
  deleteAssignment,
  findRolesOf,
  insertAssignment,
  listCustomRoles,
  lockCustomRole,
  upsertRole,
} from './store.ts'

export interface Assignment {
  readonly userId: UserId
  readonly role: string
}

export interface Access {
  /**
   * Gives a role, in its own transaction. Giving it again changes nothing.
   * @throws permission_denied, role_exceeds_own_permissions, user_exceeds_own_permissions,
   * role_not_found, user_not_found
   */
  assignRole(context: RequestContext, assignment: Assignment): Promise<void>
  /**
   * Takes a role away.
   * @throws permission_denied, role_exceeds_own_permissions, user_exceeds_own_permissions,
   * role_not_found, role_not_assigned
   */
  revokeRole(context: RequestContext, assignment: Assignment): Promise<void>
  /**
   * Like `assignRole`, inside the transaction of another use case, which must run inside
   * `auditingRefusals`: a refusal can't be recorded in the transaction that it ends.
   */
  assignRoleIn(tx: Tx, context: RequestContext, assignment: Assignment): Promise<void>
  /** Records an attempted escalation that `work` throws, then throws it on. */
  auditingRefusals<T>(context: RequestContext, work: () => Promise<T>): Promise<T>
  /** Built-in roles of this tenant first, then its own by name. */
  listRoles(context: RequestContext, page?: RolePage): Promise<readonly Role[]>
  /**
   * Creates a role of the tenant's own, or replaces its permissions.
   * @throws permission_denied, role_exceeds_own_permissions, role_name_reserved,
   * permission_unknown
   */
  defineRole(context: RequestContext, role: NewRole): Promise<void>
  rolesOf(tx: Tx, userId: UserId): Promise<readonly string[]>
  readonly roles: Roles
}

export interface RolePage {
  /** Name of the last role seen. */
  readonly after: string | undefined
  readonly limit: number
}

export function createAccess({ database }: { readonly database: Database }): Access {
  const auditingRefusals: Access['auditingRefusals'] = (context, work) =>
    auditingEscalations(database, context, work)
  const guarded = <T>(context: RequestContext, work: (tx: Tx) => Promise<T>) =>
    auditingRefusals(context, () => database.withTenant(context.tenant.id, work))
  return {
    auditingRefusals,
    assignRole: (context, assignment) =>
      guarded(context, (tx) => assignRole(tx, context, assignment)),
    assignRoleIn: assignRole,
    revokeRole: (context, assignment) =>
      guarded(context, (tx) => revokeRole(tx, context, assignment)),
    defineRole: (context, role) => guarded(context, (tx) => defineRole(tx, context, role)),
    roles: createRoles({ database }),
    listRoles: (context, page) =>
      database.withTenant(context.tenant.id, async (tx) =>
        pageOfRoles([...builtInRolesOf(context.tenant), ...(await listCustomRoles(tx))], page),
      ),
    rolesOf: findRolesOf,
  }
}

async function assignRole(
  tx: Tx,
  context: RequestContext,
  { userId, role }: Assignment,
): Promise<void> {
  const { permissions } = await getRole(tx, context, role)
  await checkStillMayGrant(tx, context, permissions)
  await checkRank(tx, context, userId)
  if (!(await insertAssignment(tx, userId, role, context.clock.now()))) return
  await record(tx, context, {
    action: 'role.assigned',
    outcome: 'success',
    target: { kind: 'user', id: userId },
    details: { role },
  })
}

/** Taking is bounded like giving: else an administrator could disarm those above. */
async function revokeRole(tx: Tx, context: RequestContext, { userId, role }: Assignment) {
  const { permissions } = await getRole(tx, context, role)
  await checkStillMayGrant(tx, context, permissions)
  await checkRank(tx, context, userId)
  if (!(await deleteAssignment(tx, userId, role))) throw accessErrors.role_not_assigned()
  await record(tx, context, {
    action: 'role.revoked',
    outcome: 'success',
    target: { kind: 'user', id: userId },
    details: { role },
  })
}

async function defineRole(tx: Tx, context: RequestContext, role: NewRole) {
  checkDefinition(context, role)
  // Whoever holds the role now gains or loses the difference, so both sides are bounded.
  const before = await lockCustomRole(tx, role.name)
  await checkStillMayGrant(tx, context, [...role.permissions, ...(before?.permissions ?? [])])
  await upsertRole(tx, role, context.clock.now())
  await record(tx, context, {
    action: 'role.defined',
    outcome: 'success',
    target: { kind: 'role', id: role.name },
    details: { permissions: role.permissions },
  })
}

/** A tenant has few roles. A cursor of a role that is gone begins anew. */
function pageOfRoles(roles: readonly Role[], page: RolePage | undefined): readonly Role[] {
  if (page === undefined) return roles
  const start = roles.findIndex(({ name }) => name === page.after) + 1
  return roles.slice(start, start + page.limit)
}

async function getRole(tx: Tx, context: RequestContext, name: string): Promise<Role> {
  const builtIn = builtInRolesOf(context.tenant).find((role) => role.name === name)
  const role = builtIn ?? (await lockCustomRole(tx, name))
  if (role === undefined) throw accessErrors.role_not_found()
  return role
}
