import { type OutboxId, toUuid } from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../db/index.ts'
import type { OutboxMessage } from './sealed-message.ts'

export async function insertOutboxRow(
  tx: Tx,
  row: {
    readonly id: OutboxId
    readonly kind: OutboxMessage['kind']
    readonly sealed: Buffer
    readonly createdAt: Date
  },
): Promise<void> {
  await tx.run(sql`
    INSERT INTO outbox (tenant_id, id, kind, payload_sealed, created_at)
    VALUES (current_tenant_id(), ${toUuid(row.id)}, ${row.kind}, ${row.sealed}, ${row.createdAt})`)
}

/** One conditional UPDATE, so that of any number of nodes one gets the row. */
export function claimOutboxRow(
  id: OutboxId,
  { now, until }: { readonly now: Date; readonly until: Date },
): Statement<{ kind: OutboxMessage['kind']; sealed: Buffer }> {
  return sql`
    UPDATE outbox
       SET claimed_until = ${until}, attempts = attempts + 1
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND delivered_at IS NULL AND abandoned_at IS NULL
       AND (claimed_until IS NULL OR claimed_until <= ${now})
    RETURNING kind, payload_sealed AS sealed`
}

/** Runs behind the claim in the same batch, so it sees what the claim has left. */
export function findOutboxState(id: OutboxId): Statement<{ settled: boolean }> {
  return sql`
    SELECT delivered_at IS NOT NULL OR abandoned_at IS NOT NULL AS settled
      FROM outbox
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`
}

/** Erases the content with the same statement. */
export function markDelivered(id: OutboxId, now: Date): Statement {
  return sql`
    UPDATE outbox
       SET delivered_at = ${now}, claimed_until = NULL, payload_sealed = ''
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND delivered_at IS NULL AND abandoned_at IS NULL`
}

export function markAbandoned(id: OutboxId, now: Date): Statement {
  return sql`
    UPDATE outbox
       SET abandoned_at = ${now}, claimed_until = NULL, payload_sealed = ''
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND delivered_at IS NULL AND abandoned_at IS NULL`
}

/** Gives back this claim and no later one. */
export function releaseClaim(id: OutboxId, until: Date): Statement {
  return sql`
    UPDATE outbox
       SET claimed_until = NULL
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND claimed_until = ${until}`
}

export function abandonOlderThan(created: Date, now: Date): Statement<{ id: string }> {
  return sql`
    UPDATE outbox
       SET abandoned_at = ${now}, claimed_until = NULL, payload_sealed = ''
     WHERE tenant_id = current_tenant_id() AND created_at < ${created}
       AND delivered_at IS NULL AND abandoned_at IS NULL
       AND (claimed_until IS NULL OR claimed_until <= ${now})
    RETURNING id`
}

export function deleteSettledBefore(created: Date): Statement {
  return sql`
    DELETE FROM outbox
     WHERE tenant_id = current_tenant_id() AND created_at < ${created}
       AND (delivered_at IS NOT NULL OR abandoned_at IS NOT NULL)`
}
