import type { RequestContext } from '../../kernel/index.ts'
import type { Database, Tx } from '../../platform/db/index.ts'
import { checkIfMatch } from '../../platform/http/index.ts'
import { record, recordEach } from '../audit/index.ts'
import { auditingEscalations } from './administer-user.ts'
import { checkMayAdminister } from './authorize.ts'
import { checkStillMayGrant } from './check-still-may.ts'
import { accessErrors } from './errors.ts'
import { builtInRolesOf, isBuiltInRole, isGrantable, type Role } from './model.ts'
import { permissionsOf } from './permissions-of.ts'
import { deleteRoleRow, findPowersOfHolders, insertRole, replaceRole } from './role-store.ts'
import { entityTagOf } from './schema.ts'
import { findCustomRole, lockCustomRole } from './store.ts'

export type NewRole = Omit<Role, 'builtIn'>

export interface RoleChange {
  readonly description?: string | undefined
  readonly permissions?: readonly string[] | undefined
}

export interface RoleReference {
  readonly name: string
  /** Tags of which one must be the role's; undefined: any. */
  readonly ifMatch?: readonly string[] | undefined
}

/** The roles of the tenant's own, and what may be done to them. */
export interface Roles {
  /** @throws role_not_found */
  get(context: RequestContext, name: string): Promise<Role>
  /**
   * @throws role_exists, role_name_reserved, permission_unknown, permission_denied,
   * role_exceeds_own_permissions
   */
  create(context: RequestContext, role: NewRole): Promise<Role>
  /**
   * What holders may do changes with their next request.
   * @throws role_not_found, role_name_reserved, permission_unknown, permission_denied,
   * role_exceeds_own_permissions, user_exceeds_own_permissions, precondition_failed
   */
  update(context: RequestContext, reference: RoleReference, change: RoleChange): Promise<Role>
  /**
   * Takes the role from everybody who has it, too.
   * @throws role_not_found, role_name_reserved, permission_denied, role_exceeds_own_permissions,
   * user_exceeds_own_permissions
   */
  remove(context: RequestContext, name: string): Promise<void>
}

export function createRoles({ database }: { readonly database: Database }): Roles {
  const guarded = <T>(context: RequestContext, work: (tx: Tx) => Promise<T>) =>
    auditingEscalations(database, context, () => database.withTenant(context.tenant.id, work))
  return {
    get: (context, name) =>
      database.withTenant(context.tenant.id, async (tx) => {
        const builtIn = builtInRolesOf(context.tenant).find((role) => role.name === name)
        const role = builtIn ?? (await findCustomRole(tx, name))
        if (role === undefined) throw accessErrors.role_not_found()
        return role
      }),
    create: (context, role) => guarded(context, (tx) => createRole(tx, context, role)),
    update: (context, reference, change) =>
      guarded(context, (tx) => updateRole(tx, context, reference, change)),
    remove: (context, name) => guarded(context, (tx) => removeRole(tx, context, name)),
  }
}

/** @throws role_name_reserved, permission_unknown */
export function checkDefinition({ tenant }: RequestContext, role: NewRole): void {
  // Attack: a role of the tenant's own called `operator` would be taken for the built-in one.
  if (isBuiltInRole(role.name)) throw accessErrors.role_name_reserved()
  if (!role.permissions.every((permission) => isGrantable(tenant, permission))) {
    throw accessErrors.permission_unknown()
  }
}

async function createRole(tx: Tx, context: RequestContext, role: NewRole): Promise<Role> {
  checkDefinition(context, role)
  await checkStillMayGrant(tx, context, role.permissions)
  if (!(await insertRole(tx, role, context.clock.now()))) throw accessErrors.role_exists()
  await recordDefinition(tx, context, role)
  return { ...role, builtIn: false }
}

async function updateRole(
  tx: Tx,
  context: RequestContext,
  { name, ifMatch }: RoleReference,
  change: RoleChange,
): Promise<Role> {
  const before = await getOwnRole(tx, context, name)
  checkIfMatch(ifMatch, entityTagOf(before))
  const after: Role = {
    ...before,
    description: change.description ?? before.description,
    permissions: change.permissions ?? before.permissions,
  }
  checkDefinition(context, after)
  // Whoever holds the role gains or loses the difference, so both sides are bounded.
  await checkStillMayGrant(tx, context, [...after.permissions, ...before.permissions])
  await checkRankOfHolders(tx, context, name)
  await replaceRole(tx, after)
  await recordDefinition(tx, context, after)
  return after
}

async function removeRole(tx: Tx, context: RequestContext, name: string): Promise<void> {
  const role = await getOwnRole(tx, context, name)
  await checkStillMayGrant(tx, context, role.permissions)
  await checkRankOfHolders(tx, context, name)
  const holders = await deleteRoleRow(tx, name)
  await record(tx, context, {
    action: 'role.deleted',
    outcome: 'success',
    target: { kind: 'role', id: name },
    details: { permissions: role.permissions, holders: holders.length },
  })
  // I5, and what receivers of security events hear hangs on it: each of them has lost something.
  // Attack: a role that everybody has is deleted, and locks all of them for minutes.
  await recordEach(tx, context, {
    action: 'role.revoked',
    outcome: 'success',
    targets: { kind: 'user', ids: holders },
    details: { role: name },
  })
}

/** Locked until the transaction ends. */
async function getOwnRole(tx: Tx, context: RequestContext, name: string): Promise<Role> {
  if (builtInRolesOf(context.tenant).some((role) => role.name === name)) {
    throw accessErrors.role_name_reserved()
  }
  const role = await lockCustomRole(tx, name)
  if (role === undefined) throw accessErrors.role_not_found()
  return role
}

/**
 * SECURITY: taking a role from one user asks whether the user is above the caller. Attack: who may
 * not take it from a superior empties or deletes the role itself, and disarms them all the same.
 * @throws user_exceeds_own_permissions
 */
async function checkRankOfHolders(tx: Tx, context: RequestContext, name: string): Promise<void> {
  const { roles, permissions } = await findPowersOfHolders(tx, name)
  checkMayAdminister(context, permissionsOf(context.tenant, roles, permissions))
}

function recordDefinition(tx: Tx, context: RequestContext, role: NewRole): Promise<void> {
  return record(tx, context, {
    action: 'role.defined',
    outcome: 'success',
    target: { kind: 'role', id: role.name },
    details: { permissions: role.permissions },
  })
}
