import { type Statement, sql } from './sql.ts'

export interface RowSecurityFacts {
  /** Tables that have a `tenant_id`, and `tenants` itself. */
  readonly tenantTables: number
  readonly forcedTables: number
  /** Those on which row-level security is not enabled and forced. */
  readonly exposed: readonly string[]
}

/** What `pg_catalog` says; any role may ask. */
export function selectRowSecurity(): Statement<RowSecurityFacts> {
  return sql<RowSecurityFacts>`
    SELECT count(*) FILTER (WHERE holds_tenants)::int AS "tenantTables",
           count(*) FILTER (WHERE forced)::int AS "forcedTables",
           coalesce(array_agg(name ORDER BY name) FILTER (WHERE holds_tenants AND NOT forced),
                    '{}') AS exposed
      FROM (SELECT c.relname::text AS name,
                   c.relrowsecurity AND c.relforcerowsecurity AS forced,
                   c.relname = 'tenants' OR EXISTS (
                     SELECT FROM pg_attribute a
                      WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
                   ) AS holds_tenants
              FROM pg_class c
              JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')) AS tables`
}

/** Names of the tables, quoted for SQL, in which a session without a tenant must see nothing. */
export function selectTenantTables(): Statement<{ readonly quoted: string }> {
  return sql<{ quoted: string }>`
    SELECT format('%I.%I', n.nspname, c.relname) AS quoted
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
     ORDER BY 1`
}
