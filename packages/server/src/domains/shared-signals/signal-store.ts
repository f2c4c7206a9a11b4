import { fromUuid, newId, toUuid } from '../../kernel/index.ts'
import { type Statement, sql } from '../../platform/db/index.ts'
import type { SignalType, StreamSignalType } from './event-types.ts'
import type { Signal, SignalId, StreamId } from './model.ts'

export interface SignalRow {
  id: string
  type: SignalType
  user_id: string | null
  session_id: string | null
  facts: Record<string, unknown>
  request_id: string | null
  occurred_at: Date
}

/**
 * What may be sent now, oldest first. SSF §8.1.2: a stream that is not enabled transmits nothing but
 * the news that it is not; §8.1.5 wants that one told.
 */
export function listSendable(stream: StreamId, limit: number): Statement<SignalRow> {
  return sql<SignalRow>`
    SELECT e.id, e.type, e.user_id, e.session_id, e.facts, e.request_id, e.occurred_at
      FROM signal_events e
      JOIN signal_streams s ON s.tenant_id = e.tenant_id AND s.id = e.stream_id
     WHERE e.tenant_id = current_tenant_id() AND e.stream_id = ${toUuid(stream)}
       AND (s.status = 'enabled' OR e.type = 'ssf/stream-updated')
     ORDER BY e.occurred_at, e.id
     LIMIT ${limit}`
}

/** Those of them that the stream has. */
export function deleteSignals(
  stream: StreamId,
  ids: readonly SignalId[],
): Statement<{ id: string }> {
  return sql<{ id: string }>`
    DELETE FROM signal_events
     WHERE tenant_id = current_tenant_id() AND stream_id = ${toUuid(stream)}
       AND id = ANY(${ids.map(toUuid)}::uuid[])
    RETURNING id`
}

export function deleteAllSignals(stream: StreamId): Statement {
  return sql`
    DELETE FROM signal_events
     WHERE tenant_id = current_tenant_id() AND stream_id = ${toUuid(stream)}`
}

/** An event about the stream itself. */
export function insertStreamSignal(
  stream: StreamId,
  signal: {
    readonly type: StreamSignalType
    readonly facts: Readonly<Record<string, unknown>>
    readonly requestId: `req_${string}`
    readonly now: Date
  },
): Statement {
  return sql`
    INSERT INTO signal_events (tenant_id, id, stream_id, type, facts, request_id, occurred_at)
    VALUES (current_tenant_id(), ${toUuid(newId('set'))}, ${toUuid(stream)}, ${signal.type},
            ${JSON.stringify(signal.facts)}::jsonb, ${toUuid(signal.requestId)}, ${signal.now})`
}

export function toSignal(row: SignalRow): Signal {
  return {
    id: fromUuid('set', row.id),
    type: row.type,
    userId: row.user_id === null ? undefined : fromUuid('usr', row.user_id),
    sessionId: row.session_id === null ? undefined : fromUuid('ses', row.session_id),
    facts: row.facts,
    requestId: row.request_id === null ? undefined : fromUuid('req', row.request_id),
    occurredAt: row.occurred_at,
  }
}
