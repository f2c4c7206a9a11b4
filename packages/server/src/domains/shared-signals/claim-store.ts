import { toUuid } from '../../kernel/index.ts'
import { type Statement, sql } from '../../platform/db/index.ts'
import type { StreamId } from './model.ts'
import type { StreamRow } from './stream-store.ts'

interface ClaimedRow extends StreamRow {
  failures: number
}

/**
 * One conditional UPDATE, so that of any number of nodes one pushes, and in order. It waits for a
 * claim that is being given back, so what was committed before is seen by one of the two.
 */
export function claimStream(
  id: StreamId,
  { now, until }: { readonly now: Date; readonly until: Date },
): Statement<ClaimedRow> {
  return sql<ClaimedRow>`
    UPDATE signal_streams
       SET claimed_until = ${until}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND method = 'push'
       AND (claimed_until IS NULL OR claimed_until <= ${now})
       AND (retry_at IS NULL OR retry_at <= ${now})
    RETURNING id, client_id, description, method, endpoint_url, authorization_sealed,
              events_requested, events_delivered, status, status_by, status_reason, created_at,
              failures`
}

/** Runs behind the claim in the same batch. */
export function isStreamClaimed(id: StreamId, now: Date): Statement<{ claimed: boolean }> {
  return sql<{ claimed: boolean }>`
    SELECT COALESCE(claimed_until > ${now}, false) AS claimed
      FROM signal_streams
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND method = 'push'`
}

/**
 * Whoever holds a claim is known by when it ends.
 * @returns no row if it was lost meanwhile, or the client was disabled or may not hear of users any
 * more (I4): then nothing more is sent
 */
export function extendClaim(
  id: StreamId,
  { held, until, now }: { readonly held: Date; readonly until: Date; readonly now: Date },
): Statement<{ id: string }> {
  return sql<{ id: string }>`
    UPDATE signal_streams s
       SET claimed_until = ${until}, failures = 0, failing_since = NULL, retry_at = NULL,
           delivered_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND claimed_until = ${held}
       AND EXISTS (SELECT FROM oauth_clients c
                    WHERE c.tenant_id = s.tenant_id AND c.id = s.client_id AND c.status = 'active'
                      AND may_receive_signals(c.metadata))
    RETURNING id`
}

export function releaseClaim(id: StreamId, held: Date): Statement {
  return sql`
    UPDATE signal_streams SET claimed_until = NULL
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND claimed_until = ${held}`
}

/** @returns since when it fails; no row if the claim was lost meanwhile */
export function noteFailure(
  id: StreamId,
  failure: {
    readonly held: Date
    readonly error: string
    readonly retryAt: Date
    readonly now: Date
  },
): Statement<{ failing_since: Date; status: 'enabled' | 'paused' | 'disabled' }> {
  return sql<{ failing_since: Date; status: 'enabled' | 'paused' | 'disabled' }>`
    UPDATE signal_streams
       SET claimed_until = NULL, failures = failures + 1,
           failing_since = COALESCE(failing_since, ${failure.now}), retry_at = ${failure.retryAt},
           last_error = ${failure.error}, last_error_at = ${failure.now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND claimed_until = ${failure.held}
    RETURNING failing_since, status`
}

export function noteError(
  id: StreamId,
  { error, now }: { readonly error: string; readonly now: Date },
): Statement {
  return sql`
    UPDATE signal_streams SET last_error = ${error}, last_error_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`
}

/** Streams that are pushed and on which something waits that nobody is about to send. */
export function listDueStreams(now: Date): Statement<{ id: string }> {
  return sql<{ id: string }>`
    SELECT s.id FROM signal_streams s
     WHERE s.tenant_id = current_tenant_id() AND s.method = 'push' AND s.status = 'enabled'
       AND (s.retry_at IS NULL OR s.retry_at <= ${now})
       AND (s.claimed_until IS NULL OR s.claimed_until <= ${now})
       AND EXISTS (SELECT FROM signal_events e
                    WHERE e.tenant_id = s.tenant_id AND e.stream_id = s.id)
     ORDER BY s.id LIMIT 1000`
}

/** Streams that hold more than they may, or for longer. */
export function listOverdueStreams(
  before: Date,
  limit: number,
): Statement<{ id: string; reason: 'queue_full' | 'events_expired' }> {
  return sql<{ id: string; reason: 'queue_full' | 'events_expired' }>`
    SELECT s.id, CASE WHEN o.old THEN 'events_expired' ELSE 'queue_full' END AS reason
      FROM signal_streams s
     CROSS JOIN LATERAL (
             SELECT EXISTS (SELECT FROM signal_events e
                             WHERE e.tenant_id = s.tenant_id AND e.stream_id = s.id
                               AND e.occurred_at < ${before}) AS old,
                    EXISTS (SELECT FROM signal_events e
                             WHERE e.tenant_id = s.tenant_id AND e.stream_id = s.id
                            OFFSET ${limit}) AS many) o
     WHERE s.tenant_id = current_tenant_id() AND (o.old OR o.many)
     ORDER BY s.id LIMIT 100`
}
