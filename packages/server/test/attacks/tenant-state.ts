import type { TenantRef } from '../../src/kernel/index.ts'
import { type Database, sql } from '../../src/platform/db/index.ts'

/** Everything that a tenant has, except its audit trail and its counters, as comparable rows. */
export async function tenantState(
  { database }: { readonly database: Database },
  tenant: Pick<TenantRef, 'id'>,
): Promise<Record<string, readonly string[]>> {
  const [users, passwords, sessions, refreshTokens, roles, assignments, keys, singleUse] =
    await database.tenantBatch(tenant.id, [
      sql<Row>`SELECT t::text AS row FROM users t WHERE tenant_id = current_tenant_id() ORDER BY 1`,
      sql<Row>`SELECT t::text AS row FROM passwords t WHERE tenant_id = current_tenant_id() ORDER BY 1`,
      sql<Row>`SELECT t::text AS row FROM sessions t WHERE tenant_id = current_tenant_id() ORDER BY 1`,
      sql<Row>`SELECT t::text AS row FROM refresh_tokens t WHERE tenant_id = current_tenant_id() ORDER BY 1`,
      sql<Row>`SELECT t::text AS row FROM roles t WHERE tenant_id = current_tenant_id() ORDER BY 1`,
      sql<Row>`SELECT t::text AS row FROM role_assignments t WHERE tenant_id = current_tenant_id() ORDER BY 1`,
      sql<Row>`SELECT t::text AS row FROM signing_keys t WHERE tenant_id = current_tenant_id() ORDER BY 1`,
      sql<Row>`SELECT t::text AS row FROM single_use_values t WHERE tenant_id = current_tenant_id() ORDER BY 1`,
    ])
  const rows = { users, passwords, sessions, refreshTokens, roles, assignments, keys, singleUse }
  return Object.fromEntries(
    Object.entries(rows).map(([table, found]) => [table, found.map(({ row }) => row)]),
  )
}

interface Row {
  readonly row: string
}
