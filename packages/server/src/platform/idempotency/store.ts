import {
  addDuration,
  type Duration,
  milliseconds,
  toUuid,
  type UserId,
} from '../../kernel/index.ts'
import { type Statement, sql } from '../db/index.ts'
import { CLAIM_LIFETIME, KEY_LIFETIME } from './policy.ts'

/** What a key stands for: the same text of another user or on another route is another key. */
export interface KeyedRequest {
  readonly userId: UserId
  readonly routeId: string
  /** SHA-256 of the key. */
  readonly keyHash: Buffer
}

export interface RequestRow {
  readonly fingerprint_sealed: Buffer
  readonly claimed_at: Date
  readonly changed_at: Date | null
  readonly answer_sealed: Buffer | null
}

export interface NewClaim {
  readonly id: string
  readonly fingerprint: Buffer
  readonly now: Date
}

/**
 * Of any number of parallel requests one gets a row: a key is free if it is new, a day old, or of a
 * request that died before it changed anything.
 */
export function claimKey(request: KeyedRequest, claim: NewClaim): Statement<{ claim_id: string }> {
  const { userId, routeId, keyHash } = request
  const { id, fingerprint, now } = claim
  const dead = before(now, CLAIM_LIFETIME)
  const expired = before(now, KEY_LIFETIME)
  return sql<{ claim_id: string }>`
    INSERT INTO idempotent_requests AS r
           (tenant_id, user_id, route_id, key_hash, claim_id, fingerprint_sealed, claimed_at)
    VALUES (current_tenant_id(), ${toUuid(userId)}, ${routeId}, ${keyHash}, ${id}, ${fingerprint},
            ${now})
    ON CONFLICT (tenant_id, user_id, route_id, key_hash) DO UPDATE
       SET claim_id = excluded.claim_id, fingerprint_sealed = excluded.fingerprint_sealed,
           claimed_at = excluded.claimed_at, changed_at = NULL, answer_sealed = NULL
     WHERE r.claimed_at <= ${expired}
        OR (r.claimed_at <= ${dead} AND r.changed_at IS NULL AND r.answer_sealed IS NULL)
    RETURNING claim_id`
}

export function findRequest(request: KeyedRequest): Statement<RequestRow> {
  const { userId, routeId, keyHash } = request
  return sql<RequestRow>`
    SELECT fingerprint_sealed, claimed_at, changed_at, answer_sealed
      FROM idempotent_requests
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}
       AND route_id = ${routeId} AND key_hash = ${keyHash}`
}

export function storeAnswer(claimId: string, sealed: Buffer): Statement {
  return sql`
    UPDATE idempotent_requests
       SET answer_sealed = ${sealed}
     WHERE tenant_id = current_tenant_id() AND claim_id = ${claimId}`
}

/** A request that was refused changed nothing, so its key is free again. */
export function releaseKey(claimId: string): Statement {
  return sql`
    DELETE FROM idempotent_requests
     WHERE tenant_id = current_tenant_id() AND claim_id = ${claimId} AND changed_at IS NULL`
}

export function purgeRequests(now: Date): Statement {
  return sql`
    DELETE FROM idempotent_requests
     WHERE tenant_id = current_tenant_id() AND claimed_at <= ${before(now, KEY_LIFETIME)}`
}

function before(now: Date, duration: Duration): Date {
  return addDuration(now, milliseconds(-duration.milliseconds))
}
