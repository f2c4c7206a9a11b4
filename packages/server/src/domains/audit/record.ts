import type { RequestContext } from '../../kernel/index.ts'
import type { Database, Tx } from '../../platform/db/index.ts'
import type { AuditEntry, AuditEntryOfMany } from './model.ts'
import { insertAuditEvent, insertAuditEvents } from './store.ts'

/** Writes an event in the transaction of the change it describes (invariant I5). */
export async function record(tx: Tx, context: RequestContext, entry: AuditEntry): Promise<void> {
  await tx.later(insertAuditEvent(context, entry))
}

/** As `record`, of each of many targets, in portions. */
export async function recordEach(
  tx: Tx,
  context: RequestContext,
  { targets, ...entry }: AuditEntryOfMany,
): Promise<void> {
  for (let done = 0; done < targets.ids.length; done += EVENTS_AT_ONCE) {
    const ids = targets.ids.slice(done, done + EVENTS_AT_ONCE)
    await tx.run(insertAuditEvents(context, { ...entry, targets: { ...targets, ids } }))
  }
}

/**
 * Writes an event of its own: a refusal changes nothing, so there is no transaction to join. It is
 * awaited before the refusal is answered; if it can't be written, the answer is 503.
 */
export async function recordRefusal(
  database: Database,
  context: RequestContext,
  entry: Omit<AuditEntry, 'outcome'>,
): Promise<void> {
  await database.tenantBatch(context.tenant.id, [
    insertAuditEvent(context, { ...entry, outcome: 'refused' }),
  ])
}

/** Their ids make a message of some ten kilobytes. */
const EVENTS_AT_ONCE = 1_000
