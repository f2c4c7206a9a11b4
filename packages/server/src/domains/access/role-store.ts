import { fromUuid, type UserId } from '../../kernel/index.ts'
import { sql, type Tx } from '../../platform/db/index.ts'
import type { Role } from './model.ts'

type OwnRole = Omit<Role, 'builtIn'>

/** @returns false if the tenant has a role of that name, however close the race */
export async function insertRole(tx: Tx, role: OwnRole, now: Date): Promise<boolean> {
  const row = await tx.first(sql<{ name: string }>`
    INSERT INTO roles (tenant_id, name, description, permissions, created_at)
    VALUES (current_tenant_id(), ${role.name}, ${role.description}, ${role.permissions}, ${now})
    ON CONFLICT (tenant_id, name) DO NOTHING
    RETURNING name`)
  return row !== undefined
}

/** The role must have been locked before. */
export async function replaceRole(tx: Tx, role: OwnRole): Promise<void> {
  await tx.run(sql`
    UPDATE roles SET description = ${role.description}, permissions = ${role.permissions}
     WHERE tenant_id = current_tenant_id() AND name = ${role.name}`)
}

/**
 * Attack: assignments that stay would be of the next role of that name, whatever it contains.
 * @returns the users who had it
 */
export async function deleteRoleRow(tx: Tx, name: string): Promise<readonly UserId[]> {
  const holders = await tx.run(sql<{ user_id: string }>`
    DELETE FROM role_assignments
     WHERE tenant_id = current_tenant_id() AND role_name = ${name}
    RETURNING user_id`)
  await tx.run(sql`DELETE FROM roles WHERE tenant_id = current_tenant_id() AND name = ${name}`)
  return holders.map(({ user_id }) => fromUuid('usr', user_id))
}

export interface Powers {
  readonly roles: readonly string[]
  /** What the tenant's own roles among them contain. */
  readonly permissions: readonly string[]
}

/** All that those who hold a role may do, taken together. They are locked, as for one of them. */
export async function findPowersOfHolders(tx: Tx, name: string): Promise<Powers> {
  await tx.run(sql`
    SELECT u.id FROM users u
     WHERE u.tenant_id = current_tenant_id()
       AND EXISTS (SELECT FROM role_assignments a
                    WHERE a.tenant_id = u.tenant_id AND a.user_id = u.id AND a.role_name = ${name})
     ORDER BY u.id
       FOR UPDATE`)
  const rows = await tx.run(sql<{ role_name: string; permissions: string[] | null }>`
    SELECT DISTINCT o.role_name, r.permissions
      FROM role_assignments a
      JOIN role_assignments o ON o.tenant_id = a.tenant_id AND o.user_id = a.user_id
      LEFT JOIN roles r ON r.tenant_id = o.tenant_id AND r.name = o.role_name
     WHERE a.tenant_id = current_tenant_id() AND a.role_name = ${name}`)
  return {
    roles: rows.map(({ role_name }) => role_name),
    permissions: rows.flatMap(({ permissions }) => permissions ?? []),
  }
}
