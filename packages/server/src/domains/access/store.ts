import { toUuid, type UserId } from '../../kernel/index.ts'
import { sql, sqlState, type Tx } from '../../platform/db/index.ts'
import { accessErrors } from './errors.ts'
import type { Role } from './model.ts'

interface RoleRow {
  name: string
  description: string
  permissions: string[]
}

/** The tenant's own roles, by name. */
export async function listCustomRoles(tx: Tx): Promise<readonly Role[]> {
  const rows = await tx.run(sql<RoleRow>`
    SELECT name, description, permissions
      FROM roles
     WHERE tenant_id = current_tenant_id()
     ORDER BY name`)
  return rows.map(toRole)
}

/** For who only looks: it waits for nobody, and nobody waits for it. */
export async function findCustomRole(tx: Tx, name: string): Promise<Role | undefined> {
  const row = await tx.first(sql<RoleRow>`
    SELECT name, description, permissions
      FROM roles
     WHERE tenant_id = current_tenant_id() AND name = ${name}`)
  return row === undefined ? undefined : toRole(row)
}

/** Locked until the transaction ends, so that what was compared is what is given. */
export async function lockCustomRole(tx: Tx, name: string): Promise<Role | undefined> {
  const row = await tx.first(sql<RoleRow>`
    SELECT name, description, permissions
      FROM roles
     WHERE tenant_id = current_tenant_id() AND name = ${name}
       FOR UPDATE`)
  return row === undefined ? undefined : toRole(row)
}

export async function upsertRole(tx: Tx, role: Omit<Role, 'builtIn'>, now: Date): Promise<void> {
  await tx.run(sql`
    INSERT INTO roles (tenant_id, name, description, permissions, created_at)
    VALUES (current_tenant_id(), ${role.name}, ${role.description}, ${role.permissions}, ${now})
    ON CONFLICT (tenant_id, name)
    DO UPDATE SET description = excluded.description, permissions = excluded.permissions`)
}

/**
 * @returns false if the user had the role already
 * @throws user_not_found
 */
export async function insertAssignment(
  tx: Tx,
  userId: UserId,
  role: string,
  now: Date,
): Promise<boolean> {
  const inserting = tx.first(sql<{ role_name: string }>`
    INSERT INTO role_assignments (tenant_id, user_id, role_name, assigned_at)
    VALUES (current_tenant_id(), ${toUuid(userId)}, ${role}, ${now})
    ON CONFLICT (tenant_id, user_id, role_name) DO NOTHING
    RETURNING role_name`)
  const row = await inserting.catch((error: unknown) => {
    if (sqlState(error) !== FOREIGN_KEY_VIOLATION) throw error
    throw accessErrors.user_not_found({ cause: error })
  })
  return row !== undefined
}

/** @returns false if there was nothing to delete */
export async function deleteAssignment(tx: Tx, userId: UserId, role: string): Promise<boolean> {
  const row = await tx.first(sql<{ role_name: string }>`
    DELETE FROM role_assignments
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)} AND role_name = ${role}
    RETURNING role_name`)
  return row !== undefined
}

export async function findRolesOf(tx: Tx, userId: UserId): Promise<readonly string[]> {
  const rows = await tx.run(sql<{ role_name: string }>`
    SELECT role_name
      FROM role_assignments
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}
     ORDER BY role_name`)
  return rows.map((row) => row.role_name)
}

/** What the tenant's own roles give a user. */
export async function findCustomPermissionsOf(tx: Tx, userId: UserId): Promise<readonly string[]> {
  const rows = await tx.run(sql<{ permission: string }>`
    SELECT DISTINCT unnest(r.permissions) AS permission
      FROM role_assignments a
      JOIN roles r ON r.tenant_id = a.tenant_id AND r.name = a.role_name
     WHERE a.tenant_id = current_tenant_id() AND a.user_id = ${toUuid(userId)}`)
  return rows.map((row) => row.permission)
}

function toRole(row: RoleRow): Role {
  return { ...row, builtIn: false }
}

const FOREIGN_KEY_VIOLATION = '23503'
