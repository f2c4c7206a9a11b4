import { fromUuid, type TenantRef } from '../../src/kernel/index.ts'
import { type Database, sql } from '../../src/platform/db/index.ts'

/** One row of the audit trail, as it is stored. */
export interface AuditRow {
  readonly id: string
  readonly action: string
  readonly outcome: 'success' | 'refused'
  readonly actor_kind: 'user' | 'system' | 'anonymous'
  readonly actor_id: string | null
  readonly target_id: string | null
  readonly source_ip: string
  readonly request_id: string
  readonly details: Readonly<Record<string, unknown>>
}

/** The whole trail of a tenant, oldest first. */
export async function readAudit(
  { database }: { readonly database: Database },
  tenant: Pick<TenantRef, 'id'>,
): Promise<readonly AuditRow[]> {
  const [rows] = await database.tenantBatch(tenant.id, [
    sql<AuditRow>`
      SELECT id, action, outcome, actor_kind, actor_id, target_id, source_ip, request_id, details
        FROM audit_events WHERE tenant_id = current_tenant_id() ORDER BY id`,
  ])
  return rows.map((row) => ({ ...row, request_id: fromUuid('req', row.request_id) }))
}

/** Runs `act` and returns what it added to the trail of the tenant. */
export async function auditedDuring<T>(
  world: { readonly database: Database },
  tenant: Pick<TenantRef, 'id'>,
  act: () => Promise<T>,
): Promise<{ result: T; events: readonly AuditRow[]; actions: readonly string[] }> {
  const known = new Set((await readAudit(world, tenant)).map((event) => event.id))
  const result = await act()
  const events = (await readAudit(world, tenant)).filter((event) => !known.has(event.id))
  return { result, events, actions: events.map((event) => event.action) }
}
