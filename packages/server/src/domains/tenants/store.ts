import { fromUuid, type TenantId, toUuid } from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'
import type { Tenant } from './model.ts'
import { type TenantSettings, tenantSettingsSchema, toPolicy } from './settings.ts'

/** One row for each slug of a tenant; `position` counts the slugs from one. */
export function findTenantsBySlug(slugs: readonly string[]): Statement<DirectoryRow> {
  return sql<DirectoryRow>`
    SELECT s.position::int, t.id, t.slug, t.name, t.status, t.settings::text, t.created_at,
           t.signing_keys_version
      FROM unnest((SELECT ${[...slugs]}::text[])) WITH ORDINALITY AS s (slug, position)
     CROSS JOIN LATERAL resolve_tenant(s.slug) t`
}

export interface DirectoryRow extends Omit<TenantRow, 'settings'> {
  position: number
  settings: string
}

/** As operator only. */
export async function findTenant(tx: Tx, base: string, id: TenantId) {
  const row = await tx.first(sql<TenantRow>`
    SELECT id, slug, name, status, settings, created_at, signing_keys_version
      FROM tenants WHERE id = ${toUuid(id)}`)
  return row === undefined ? undefined : toTenant(row, base)
}

/** As operator only. Nobody else changes it before the end of the transaction. */
export async function lockTenant(tx: Tx, base: string, id: TenantId) {
  const row = await tx.first(sql<TenantRow>`
    SELECT id, slug, name, status, settings, created_at, signing_keys_version
      FROM tenants WHERE id = ${toUuid(id)}
       FOR NO KEY UPDATE`)
  return row === undefined ? undefined : toTenant(row, base)
}

/** As operator only. Oldest first. */
export async function listTenants(
  tx: Tx,
  base: string,
  page: { readonly after: TenantId | undefined; readonly limit: number },
): Promise<Tenant[]> {
  const after = page.after === undefined ? null : toUuid(page.after)
  const rows = await tx.run(sql<TenantRow>`
    SELECT id, slug, name, status, settings, created_at, signing_keys_version
      FROM tenants
     WHERE ${after}::uuid IS NULL OR id > ${after}
     ORDER BY id LIMIT ${page.limit}`)
  return rows.map((row) => toTenant(row, base))
}

/** As operator only. */
export async function insertTenant(tx: Tx, tenant: Tenant): Promise<void> {
  await tx.run(sql`
    INSERT INTO tenants (id, slug, name, status, settings, created_at, updated_at)
    VALUES (${toUuid(tenant.id)}, ${tenant.slug}, ${tenant.name}, ${tenant.status},
            ${JSON.stringify(tenant.settings)}, ${tenant.createdAt}, ${tenant.createdAt})`)
}

/** As operator only. */
export async function updateTenantRow(tx: Tx, tenant: Tenant, now: Date): Promise<void> {
  await tx.run(sql`
    UPDATE tenants
       SET name = ${tenant.name}, status = ${tenant.status},
           settings = ${JSON.stringify(tenant.settings)}, updated_at = ${now}
     WHERE id = ${toUuid(tenant.id)}`)
}

export interface TenantRow {
  id: string
  slug: string
  name: string
  status: 'active' | 'suspended'
  settings: Partial<TenantSettings>
  created_at: Date
  signing_keys_version: number
}

export function toTenant(row: TenantRow, base: string): Tenant {
  // Parsing fills the defaults in and refuses what nobody of ours wrote.
  const settings = tenantSettingsSchema.parse(row.settings)
  return {
    id: fromUuid('ten', row.id),
    slug: row.slug,
    issuer: `${base}/t/${row.slug}`,
    name: row.name,
    status: row.status,
    settings,
    policy: toPolicy(settings),
    signingKeysVersion: row.signing_keys_version,
    createdAt: row.created_at,
  }
}
