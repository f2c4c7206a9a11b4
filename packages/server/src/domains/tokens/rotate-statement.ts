import { addDuration, newId, type RequestContext, toUuid } from '../../kernel/index.ts'
import { type Statement, sql } from '../../platform/db/index.ts'
import { hashRefreshToken, type RefreshToken } from './refresh-token-format.ts'
import { isDeviceDemanded } from './model.ts'
import type { SessionRow } from './store.ts'

/** One presented token, and the successor that it gets if it wins. */
export interface Rotation {
  readonly context: RequestContext
  readonly parent: RefreshToken
  readonly successor: RefreshToken
  /** undefined where the tenant has no grace. */
  readonly sealedSuccessor: Buffer | undefined
}

export interface RotatedRow extends SessionRow {
  readonly successor_id: string
  readonly expires_at: Date
}

/**
 * INVARIANT I1: touches, claims, replaces and records in one statement, for many tokens of one
 * tenant. The lock on its session puts everything that happens to a family in a row: a session
 * that ends at this moment is not `touched`, and what is not touched is not claimed. Of any number
 * of parallel claims of one token one sees `consumed_at IS NULL`. A session that is bound to its
 * device is not touched by another one; who shows its device binds it.
 *
 * NOTE: the shape keeps the planner from reading all rows of a tenant for each batch, which it
 * prefers when it has no statistics, or has planned for a small tenant and meets a large one. A
 * LATERAL with LIMIT 1 can only be a look-up, and a `ctid` costs less than any index. A row that
 * changed while its lock was waited for has another `ctid`: releases of PostgreSQL that compare it
 * again leave the row out, the others go on to the conditions on `ended_at` and `consumed_at`, so
 * these stay although newer releases never need them.
 */
export function rotateStatement(rotations: readonly Rotation[]): Statement<RotatedRow> {
  const { ids, hashes, newIds, newHashes, sealed, eventIds, requestIds, ips, devices } =
    columnsOf(rotations)
  const { now, idleExpiresAt, expiresAt, isDeviceDemanded } = rulesOf(rotations)
  return sql<RotatedRow>`
    WITH presented AS MATERIALIZED (
      SELECT i.*, t.place, l.session_id, l.user_id, l.auth_time, l.acr, l.amr, l.roles,
             l.absolute_expires_at
        FROM unnest(${ids}::uuid[], ${hashes}::bytea[], ${newIds}::uuid[], ${newHashes}::bytea[],
                    ${sealed}::bytea[], ${eventIds}::uuid[], ${requestIds}::uuid[], ${ips}::text[],
                    ${devices}::bytea[])
             AS i (parent_id, parent_hash, successor_id, successor_hash, successor_sealed,
                   event_id, request_id, source_ip, device_hash)
       CROSS JOIN LATERAL (
               SELECT r.ctid AS place, r.token_hash, r.session_id, r.consumed_at, r.expires_at
                 FROM refresh_tokens r
                WHERE r.tenant_id = current_tenant_id() AND r.id = i.parent_id LIMIT 1) t
       CROSS JOIN LATERAL (
               SELECT * FROM live_sessions(${now}) s WHERE s.session_id = t.session_id LIMIT 1) l
       WHERE t.token_hash = i.parent_hash AND t.consumed_at IS NULL AND t.expires_at > ${now}
    ), touched AS (
      UPDATE sessions s
         SET last_seen_at = ${now}, idle_expires_at = LEAST(${idleExpiresAt}, s.absolute_expires_at),
             is_device_bound = s.is_device_bound OR COALESCE(s.device_hash = c.device_hash, false)
        FROM (SELECT p.session_id, p.device_hash, f.place FROM presented p
               CROSS JOIN LATERAL (SELECT f.ctid AS place FROM sessions f
                       WHERE f.tenant_id = current_tenant_id() AND f.id = p.session_id LIMIT 1) f
               ORDER BY p.session_id) c
       WHERE s.ctid = c.place AND s.tenant_id = current_tenant_id() AND s.id = c.session_id
         AND s.ended_at IS NULL
         AND (NOT s.is_device_bound OR NOT ${isDeviceDemanded}::boolean
              OR s.device_hash = c.device_hash)
      RETURNING s.id, s.source_ip AS began_ip, s.device_label AS began_label,
                COALESCE(s.device_hash = c.device_hash, false) AS is_own_device
    ), claimed AS (
      UPDATE refresh_tokens r SET consumed_at = ${now}, successor_sealed = p.successor_sealed
        FROM presented p JOIN touched t ON t.id = p.session_id
       WHERE r.ctid = p.place AND r.tenant_id = current_tenant_id() AND r.id = p.parent_id
         AND r.consumed_at IS NULL
      RETURNING p.*, LEAST(${expiresAt}, p.absolute_expires_at) AS successor_expires_at,
                t.began_ip, t.began_label, t.is_own_device
    ), inserted AS (
      INSERT INTO refresh_tokens
             (tenant_id, id, session_id, token_hash, parent_id, created_at, expires_at)
      SELECT current_tenant_id(), successor_id, session_id, successor_hash, parent_id, ${now},
             successor_expires_at FROM claimed
    ), audited AS (
      INSERT INTO audit_events (tenant_id, id, occurred_at, action, outcome, actor_kind, actor_id,
                                session_id, request_id, source_ip)
      SELECT current_tenant_id(), event_id, ${now}, 'session.refreshed', 'success', 'user', user_id,
             session_id, request_id, source_ip FROM claimed
    )
    SELECT successor_id, successor_expires_at AS expires_at, session_id, user_id, auth_time, acr,
           amr, roles, absolute_expires_at, began_ip, began_label, is_own_device FROM claimed`
}

function columnsOf(rotations: readonly Rotation[]) {
  return {
    ids: rotations.map((r) => toUuid(r.parent.id)),
    hashes: rotations.map((r) => hashRefreshToken(r.parent)),
    newIds: rotations.map((r) => toUuid(r.successor.id)),
    newHashes: rotations.map((r) => hashRefreshToken(r.successor)),
    sealed: rotations.map((r) => r.sealedSuccessor),
    eventIds: rotations.map(() => toUuid(newId('evt'))),
    requestIds: rotations.map((r) => toUuid(r.context.requestId)),
    ips: rotations.map((r) => r.context.source.ip),
    devices: rotations.map((r) => r.context.source.device?.hash),
  }
}

/** Requests of one tenant share its policy, and those of one batch share a moment. */
function rulesOf(rotations: readonly Rotation[]) {
  const first = rotations[0]
  if (first === undefined) throw new TypeError('nothing to rotate')
  const { policy } = first.context.tenant
  const now = first.context.clock.now()
  return {
    now,
    idleExpiresAt: addDuration(now, policy.sessionIdle),
    expiresAt: addDuration(now, policy.refreshTokenLifetime),
    isDeviceDemanded: isDeviceDemanded(policy),
  }
}
