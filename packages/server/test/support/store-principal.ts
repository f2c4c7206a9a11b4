import { newId, type Principal, type TenantRef, toUuid } from '../../src/kernel/index.ts'
import { permissionsOf } from '../../src/domains/access/index.ts'
import { type Database, sql } from '../../src/platform/db/index.ts'

/** Somebody who was made up for a test exists, and may do what it says. */
export async function storePrincipal(
  database: Database,
  tenant: TenantRef,
  { userId, roles, permissions }: Pick<Principal, 'userId' | 'roles' | 'permissions'>,
): Promise<void> {
  const builtIn = permissionsOf(tenant, roles, [])
  const custom = [...permissions].filter((permission) => !builtIn.has(permission))
  const own = custom.length === 0 ? [] : [newId('req')]
  await database.tenantBatch(tenant.id, [
    sql`INSERT INTO users (tenant_id, id, email, email_key, created_at, updated_at)
        VALUES (current_tenant_id(), ${toUuid(userId)}, ${userId}, ${userId}, now(), now())`,
    sql`INSERT INTO roles (tenant_id, name, description, permissions, created_at)
        SELECT current_tenant_id(), name, '', ${custom}, now() FROM unnest(${own}::text[]) name`,
    sql`INSERT INTO role_assignments (tenant_id, user_id, role_name, assigned_at)
        SELECT current_tenant_id(), ${toUuid(userId)}, name, now()
          FROM unnest(${[...roles, ...own]}::text[]) name`,
  ])
}
