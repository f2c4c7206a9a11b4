import type { RequestContext } from '../../kernel/index.ts'
import type { Database } from '../../platform/db/index.ts'
import type { AuditEvent } from './model.ts'
import { type AuditFilter, listAuditEvents } from './store.ts'

/** Events of the context's tenant, newest first. */
export function listEvents(
  database: Database,
  context: RequestContext,
  filter: AuditFilter,
): Promise<AuditEvent[]> {
  return database.withTenant(context.tenant.id, (tx) => listAuditEvents(tx, filter))
}
