import { type ClientId, fromUuid, toUuid } from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'
import type { SharedSignalType } from './event-types.ts'
import type {
  Delivery,
  StatusAuthor,
  Stream,
  StreamId,
  StreamState,
  StreamStatus,
} from './model.ts'
import { MAX_PENDING } from './policy.ts'

export interface StreamRow {
  id: string
  client_id: string
  description: string | null
  method: 'push' | 'poll'
  endpoint_url: string | null
  authorization_sealed: Buffer | null
  events_requested: string[]
  events_delivered: SharedSignalType[]
  status: StreamStatus
  status_by: StatusAuthor
  status_reason: string | null
  created_at: Date
}

/**
 * Nobody else creates a stream of that client before the end of the transaction.
 * INVARIANT: a receiver is locked before its streams, so that no two wait for each other.
 */
export function lockReceiver(client: ClientId, now: Date): Statement {
  return sql`
    INSERT INTO signal_receivers (tenant_id, client_id, all_subjects, updated_at)
    VALUES (current_tenant_id(), ${toUuid(client)}, false, ${now})
    ON CONFLICT (tenant_id, client_id) DO UPDATE SET updated_at = signal_receivers.updated_at`
}

/** As `lockReceiver`, of the client whose stream that is. */
export function lockReceiverOf(stream: StreamId, now: Date): Statement {
  return sql`
    INSERT INTO signal_receivers (tenant_id, client_id, all_subjects, updated_at)
    SELECT s.tenant_id, s.client_id, false, ${now} FROM signal_streams s
     WHERE s.tenant_id = current_tenant_id() AND s.id = ${toUuid(stream)}
    ON CONFLICT (tenant_id, client_id) DO UPDATE SET updated_at = signal_receivers.updated_at`
}

/** @returns no row if there is no such client */
export function setAllSubjects(
  client: ClientId,
  { all, now }: { readonly all: boolean; readonly now: Date },
): Statement<{ client_id: string }> {
  return sql<{ client_id: string }>`
    INSERT INTO signal_receivers (tenant_id, client_id, all_subjects, updated_at)
    SELECT c.tenant_id, c.id, ${all}, ${now} FROM oauth_clients c
     WHERE c.tenant_id = current_tenant_id() AND c.id = ${toUuid(client)}
    ON CONFLICT (tenant_id, client_id)
    DO UPDATE SET all_subjects = excluded.all_subjects, updated_at = excluded.updated_at
    RETURNING client_id`
}

export function insertStream(stream: Stream): Statement {
  const { delivery } = stream
  return sql`
    INSERT INTO signal_streams
           (tenant_id, id, client_id, description, method, endpoint_url, authorization_sealed,
            events_requested, events_delivered, status, status_by, created_at, updated_at)
    VALUES (current_tenant_id(), ${toUuid(stream.id)}, ${toUuid(stream.clientId)},
            ${stream.description ?? null}, ${delivery.method}, ${addressOf(delivery)},
            ${sealedOf(delivery)}, ${stream.eventsRequested}, ${stream.eventsDelivered},
            ${stream.status}, ${stream.statusBy}, ${stream.createdAt}, ${stream.createdAt})`
}

/**
 * Another way of delivery begins without the failures of the one before. Whoever is pushing loses
 * the claim: attack: events go on to an address that the receiver has left.
 */
export function updateStreamRow(stream: Stream, now: Date): Statement {
  const { delivery } = stream
  return sql`
    UPDATE signal_streams
       SET description = ${stream.description ?? null}, method = ${delivery.method},
           endpoint_url = ${addressOf(delivery)}, authorization_sealed = ${sealedOf(delivery)},
           events_requested = ${stream.eventsRequested},
           events_delivered = ${stream.eventsDelivered},
           failures = 0, failing_since = NULL, retry_at = NULL, claimed_until = NULL,
           updated_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(stream.id)}`
}

/** Whoever is pushing loses the claim, and sends nothing that the new status holds back. */
export function updateStatus(
  id: StreamId,
  change: {
    readonly status: StreamStatus
    readonly by: StatusAuthor
    readonly reason: string | undefined
    readonly now: Date
  },
): Statement {
  return sql`
    UPDATE signal_streams
       SET status = ${change.status}, status_by = ${change.by},
           status_reason = ${change.reason ?? null}, failures = 0, failing_since = NULL,
           retry_at = NULL, claimed_until = NULL, updated_at = ${change.now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`
}

export function deleteStreamRow(id: StreamId): Statement {
  return sql`
    DELETE FROM signal_streams WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`
}

/** @param client whose stream it must be; undefined for administrators */
export async function lockStream(
  tx: Tx,
  id: StreamId,
  client: ClientId | undefined,
): Promise<Stream | undefined> {
  const owner = client === undefined ? null : toUuid(client)
  const row = await tx.first(sql<StreamRow>`
    SELECT id, client_id, description, method, endpoint_url, authorization_sealed,
           events_requested, events_delivered, status, status_by, status_reason, created_at
      FROM signal_streams
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND (${owner}::uuid IS NULL OR client_id = ${owner})
       FOR NO KEY UPDATE`)
  return row === undefined ? undefined : toStream(row)
}

export function findStream(id: StreamId, client: ClientId): Statement<StreamRow> {
  return sql<StreamRow>`
    SELECT id, client_id, description, method, endpoint_url, authorization_sealed,
           events_requested, events_delivered, status, status_by, status_reason, created_at
      FROM signal_streams
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND client_id = ${toUuid(client)}`
}

/** Oldest first. */
export function listStreamsOf(client: ClientId): Statement<StreamRow> {
  return sql<StreamRow>`
    SELECT id, client_id, description, method, endpoint_url, authorization_sealed,
           events_requested, events_delivered, status, status_by, status_reason, created_at
      FROM signal_streams
     WHERE tenant_id = current_tenant_id() AND client_id = ${toUuid(client)}
     ORDER BY id`
}

interface StreamStateRow extends StreamRow {
  pending: number
  last_error: string | null
  last_error_at: Date | null
  delivered_at: Date | null
}

/** Of all clients, newest first. */
export function listStreams(after: StreamId | undefined, limit: number): Statement<StreamStateRow> {
  const before = after === undefined ? null : toUuid(after)
  return sql<StreamStateRow>`
    SELECT s.id, s.client_id, s.description, s.method, s.endpoint_url, s.authorization_sealed,
           s.events_requested, s.events_delivered, s.status, s.status_by, s.status_reason,
           s.created_at, s.last_error, s.last_error_at, s.delivered_at,
           (SELECT count(*)::integer
              FROM (SELECT FROM signal_events e
                     WHERE e.tenant_id = s.tenant_id AND e.stream_id = s.id
                     LIMIT ${MAX_PENDING}) e) AS pending
      FROM signal_streams s
     WHERE s.tenant_id = current_tenant_id() AND (${before}::uuid IS NULL OR s.id < ${before})
     ORDER BY s.id DESC
     LIMIT ${limit}`
}

export function toStream(row: StreamRow): Stream {
  return {
    id: fromUuid('stm', row.id),
    clientId: fromUuid('cli', row.client_id),
    description: row.description ?? undefined,
    delivery:
      row.endpoint_url === null
        ? { method: 'poll' }
        : {
            method: 'push',
            endpointUrl: row.endpoint_url,
            sealed: row.authorization_sealed ?? undefined,
          },
    eventsRequested: row.events_requested,
    eventsDelivered: row.events_delivered,
    status: row.status,
    statusBy: row.status_by,
    statusReason: row.status_reason ?? undefined,
    createdAt: row.created_at,
  }
}

export function toStreamState(row: StreamStateRow): StreamState {
  return {
    ...toStream(row),
    pending: row.pending,
    lastError: row.last_error ?? undefined,
    lastErrorAt: row.last_error_at ?? undefined,
    deliveredAt: row.delivered_at ?? undefined,
  }
}

function addressOf(delivery: Delivery): string | null {
  return delivery.method === 'push' ? delivery.endpointUrl : null
}

function sealedOf(delivery: Delivery): Buffer | null {
  return delivery.method === 'push' ? (delivery.sealed ?? null) : null
}
