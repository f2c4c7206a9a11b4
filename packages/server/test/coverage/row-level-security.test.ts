import { expect, it } from 'vitest'
import { describeStore } from '../support/describe-store.ts'
import { sql } from '../../src/platform/db/index.ts'

interface TableFacts {
  name: string
  has_tenant_id: boolean
  enabled: boolean
  forced: boolean
  policies: number
  app_can_write: boolean
}

/** Tables of ours without a tenant, each with its reason. This list may only shrink. */
const WITHOUT_TENANT: Readonly<Record<string, string>> = {
  countersign_migrations: 'which migrations were applied; the application may only read it',
  tenants: 'the tenants themselves: protected by their own id instead',
}

describeStore('row-level security', (open) => {
  it('is enabled and forced on every table with a tenant_id, with a policy', async () => {
    const facts = await readTables(open)
    const exposed = facts.filter(
      (table) => table.has_tenant_id && !(table.enabled && table.forced && table.policies > 0),
    )

    expect(exposed).toEqual([])
    expect(facts.filter((table) => table.has_tenant_id).length).toBeGreaterThan(8)
  })

  it('covers every table but the ones listed with a reason', async () => {
    const facts = await readTables(open)
    const without = facts.filter((table) => !table.has_tenant_id).map((table) => table.name)

    expect(without.sort()).toEqual(Object.keys(WITHOUT_TENANT))
  })

  it('leaves tenants and migrations read-only to the application role', async () => {
    const facts = await readTables(open)
    const writable = facts.filter((table) => !table.has_tenant_id && table.app_can_write)

    expect(writable).toEqual([])
  })

  it('gives the application role no way around it', async () => {
    const { database } = await open()
    const role = await database.withoutTenant((tx) =>
      tx.first(sql<{ super: boolean; bypass: boolean; owned: number }>`
        SELECT r.rolsuper AS super, r.rolbypassrls AS bypass,
               (SELECT count(*)::int FROM pg_class c WHERE c.relowner = r.oid) AS owned
          FROM pg_roles r WHERE r.rolname = 'countersign_app'`),
    )

    expect(role).toEqual({ super: false, bypass: false, owned: 0 })
  })

  it('begins the primary key of every tenant table with tenant_id', async () => {
    const { database } = await open()
    const misplaced = await database.withoutTenant((tx) =>
      tx.run(sql<{ name: string }>`
        SELECT c.relname AS name
          FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
          JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'tenant_id'
          LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
         WHERE c.relkind = 'r' AND (i.indkey IS NULL OR i.indkey[0] <> t.attnum)`),
    )

    expect(misplaced).toEqual([])
  })

  it('lets nobody change or delete an audit event, not even the application', async () => {
    const { database } = await open()
    const grants = await database.withoutTenant((tx) =>
      tx.run(sql<{ grantee: string; privilege: string }>`
        SELECT grantee, privilege_type AS privilege
          FROM information_schema.role_table_grants
         WHERE table_name = 'audit_events' AND grantee LIKE 'countersign%'`),
    )

    const allowed = new Set(grants.map((grant) => grant.privilege))
    expect([...allowed].every((privilege) => ['SELECT', 'INSERT'].includes(privilege))).toBe(true)
  })
})

async function readTables(open: Parameters<Parameters<typeof describeStore>[1]>[0]) {
  const { database } = await open()
  return database.withoutTenant((tx) =>
    tx.run(sql<TableFacts>`
      SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
             EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
                        AND a.attname = 'tenant_id' AND NOT a.attisdropped) AS has_tenant_id,
             (SELECT count(*)::int FROM pg_policy p WHERE p.polrelid = c.oid) AS policies,
             has_table_privilege('countersign_app', c.oid, 'INSERT')
               OR has_table_privilege('countersign_app', c.oid, 'UPDATE')
               OR has_table_privilege('countersign_app', c.oid, 'DELETE') AS app_can_write
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
       ORDER BY c.relname`),
  )
}
