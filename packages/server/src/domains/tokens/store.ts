import {
  addDuration,
  fromUuid,
  newId,
  type RefreshTokenId,
  type RequestContext,
  type SessionId,
  toUuid,
} from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'
import type { RefreshedSession } from './model.ts'
import { hashRefreshToken, type RefreshToken } from './refresh-token-format.ts'

export interface NewRefreshToken {
  readonly token: RefreshToken
  readonly sessionId: SessionId
  readonly createdAt: Date
  readonly expiresAt: Date
}

export function insertRefreshToken(input: NewRefreshToken): Statement {
  return sql`
    INSERT INTO refresh_tokens (tenant_id, id, session_id, token_hash, created_at, expires_at)
    VALUES (current_tenant_id(), ${toUuid(input.token.id)}, ${toUuid(input.sessionId)},
            ${hashRefreshToken(input.token)}, ${input.createdAt}, ${input.expiresAt})`
}

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
 * INVARIANT I1: claims, replaces, touches and records in one statement, for many tokens of one
 * tenant. Of any number of parallel claims of one token one sees `consumed_at IS NULL`; a session
 * that ends at this moment is not `touched`, and then nothing is rotated either.
 *
 * NOTE: the shape keeps the planner on primary keys. Joined plainly, a new or a very uneven
 * installation (no statistics; one large tenant among many small ones) makes it read all rows of
 * the tenant for each batch, ten times slower. A LATERAL with LIMIT 1 can only be a look-up, and
 * after the comparison of hashes one row is expected, so that the UPDATE is a look-up too.
 */
export function rotateStatement(rotations: readonly Rotation[]): Statement<RotatedRow> {
  const first = rotations[0]
  if (first === undefined) throw new TypeError('nothing to rotate')
  // Requests of one tenant share its policy, and those of one batch share a moment.
  const { policy } = first.context.tenant
  const now = first.context.clock.now()
  const column = <T>(pick: (rotation: Rotation) => T): T[] => rotations.map(pick)
  return sql<RotatedRow>`
    WITH input AS (
      SELECT *
        FROM unnest(
               ${column((r) => toUuid(r.parent.id))}::uuid[],
               ${column((r) => hashRefreshToken(r.parent))}::bytea[],
               ${column((r) => toUuid(r.successor.id))}::uuid[],
               ${column((r) => hashRefreshToken(r.successor))}::bytea[],
               ${column((r) => r.sealedSuccessor)}::bytea[],
               ${column(() => toUuid(newId('evt')))}::uuid[],
               ${column((r) => toUuid(r.context.requestId))}::uuid[],
               ${column((r) => r.context.source.ip)}::text[]
             ) AS i (parent_id, parent_hash, successor_id, successor_hash, successor_sealed,
                     event_id, request_id, source_ip)
    ), presented AS MATERIALIZED (
      SELECT i.*, l.session_id, l.user_id, l.auth_time, l.acr, l.amr, l.roles,
             l.absolute_expires_at
        FROM input i
       CROSS JOIN LATERAL (
               SELECT t.token_hash, t.session_id FROM refresh_tokens t
                WHERE t.tenant_id = current_tenant_id() AND t.id = i.parent_id
                LIMIT 1) t
       CROSS JOIN LATERAL (
               SELECT * FROM live_sessions(${now}) s WHERE s.session_id = t.session_id LIMIT 1) l
       WHERE t.token_hash = i.parent_hash
    ), claimed AS (
      UPDATE refresh_tokens r
         SET consumed_at = ${now}, successor_sealed = p.successor_sealed
        FROM presented p
       WHERE r.tenant_id = current_tenant_id() AND r.id = p.parent_id
         AND r.token_hash = p.parent_hash AND r.consumed_at IS NULL AND r.expires_at > ${now}
      RETURNING p.*
    ), touched AS (
      UPDATE sessions s
         SET last_seen_at = ${now},
             idle_expires_at = LEAST(${addDuration(now, policy.sessionIdle)}, s.absolute_expires_at)
        FROM (SELECT session_id FROM claimed ORDER BY session_id) c
       WHERE s.tenant_id = current_tenant_id() AND s.id = c.session_id AND s.ended_at IS NULL
      RETURNING s.id
    ), rotated AS (
      SELECT c.*, LEAST(${addDuration(now, policy.refreshTokenLifetime)}, c.absolute_expires_at)
                  AS expires_at
        FROM claimed c JOIN touched t ON t.id = c.session_id
    ), inserted AS (
      INSERT INTO refresh_tokens
             (tenant_id, id, session_id, token_hash, parent_id, created_at, expires_at)
      SELECT current_tenant_id(), successor_id, session_id, successor_hash, parent_id, ${now},
             expires_at
        FROM rotated
    ), audited AS (
      INSERT INTO audit_events
             (tenant_id, id, occurred_at, action, outcome, actor_kind, actor_id, session_id,
              request_id, source_ip)
      SELECT current_tenant_id(), event_id, ${now}, 'session.refreshed', 'success', 'user',
             user_id, session_id, request_id, source_ip
        FROM rotated
    )
    SELECT successor_id, expires_at, session_id, user_id, auth_time, acr, amr, roles,
           absolute_expires_at
      FROM rotated`
}

/** A token whose secret was proven, with what became of it. */
export interface PresentedToken {
  readonly sessionId: SessionId
  readonly expiresAt: Date
  readonly consumedAt: Date | undefined
  readonly successor: StoredSuccessor | undefined
  /** undefined if the session is over or its user suspended. */
  readonly session: RefreshedSession | undefined
}

export interface StoredSuccessor {
  readonly id: RefreshTokenId
  readonly sealed: Buffer
  readonly expiresAt: Date
  readonly consumedAt: Date | undefined
}

/** Undefined for an unknown id and for a wrong secret alike. */
export async function findPresentedToken(
  tx: Tx,
  token: RefreshToken,
  now: Date,
): Promise<PresentedToken | undefined> {
  const row = await tx.first(sql<PresentedRow>`
    SELECT r.session_id AS family_id, r.expires_at, r.consumed_at, r.successor_sealed,
           n.id AS successor_id, n.expires_at AS successor_expires_at,
           n.consumed_at AS successor_consumed_at,
           l.session_id, l.user_id, l.auth_time, l.acr, l.amr, l.roles, l.absolute_expires_at
      FROM refresh_tokens r
      LEFT JOIN refresh_tokens n ON n.tenant_id = current_tenant_id() AND n.parent_id = r.id
      LEFT JOIN live_sessions(${now}) l ON l.session_id = r.session_id
     WHERE r.tenant_id = current_tenant_id() AND r.id = ${toUuid(token.id)}
       AND r.token_hash = ${hashRefreshToken(token)}`)
  return row === undefined ? undefined : toPresentedToken(row)
}

/** @returns false if the session had ended before. */
export async function endFamily(tx: Tx, sessionId: SessionId, now: Date): Promise<boolean> {
  const ended = await tx.first(sql<{ id: string }>`
    UPDATE sessions
       SET ended_at = ${now}, end_reason = 'refresh_token_reuse'
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(sessionId)} AND ended_at IS NULL
    RETURNING id`)
  return ended !== undefined
}

/** Expired tokens, `limit` at a time. */
export function deleteExpiredTokens(now: Date, limit: number): Statement<{ id: string }> {
  return sql<{ id: string }>`
    DELETE FROM refresh_tokens
     WHERE tenant_id = current_tenant_id()
       AND id IN (SELECT id FROM refresh_tokens
                   WHERE tenant_id = current_tenant_id() AND expires_at <= ${now}
                   LIMIT ${limit})
    RETURNING id`
}

/** After the grace nobody may ask for the sealed successor again, so it need not be there. */
export function clearSealedSuccessors(consumedBefore: Date): Statement {
  return sql`
    UPDATE refresh_tokens
       SET successor_sealed = NULL
     WHERE tenant_id = current_tenant_id() AND successor_sealed IS NOT NULL
       AND consumed_at < ${consumedBefore}`
}

interface SessionRow {
  readonly session_id: string
  readonly user_id: string
  readonly auth_time: Date
  readonly acr: string
  readonly amr: string[]
  readonly roles: string[]
  readonly absolute_expires_at: Date
}

export function toRefreshedSession(row: SessionRow): RefreshedSession {
  return {
    sessionId: fromUuid('ses', row.session_id),
    userId: fromUuid('usr', row.user_id),
    roles: row.roles,
    acr: row.acr,
    amr: row.amr,
    authTime: row.auth_time,
    absoluteExpiresAt: row.absolute_expires_at,
  }
}

type Nullable<T> = { readonly [K in keyof T]: T[K] | null }

interface PresentedRow extends Nullable<SessionRow> {
  readonly family_id: string
  readonly expires_at: Date
  readonly consumed_at: Date | null
  readonly successor_sealed: Buffer | null
  readonly successor_id: string | null
  readonly successor_expires_at: Date | null
  readonly successor_consumed_at: Date | null
}

function toPresentedToken(row: PresentedRow): PresentedToken {
  return {
    sessionId: fromUuid('ses', row.family_id),
    expiresAt: row.expires_at,
    consumedAt: row.consumed_at ?? undefined,
    successor: toSuccessor(row),
    session: row.session_id === null ? undefined : toRefreshedSession(row as SessionRow),
  }
}

function toSuccessor(row: PresentedRow): StoredSuccessor | undefined {
  const { successor_id: id, successor_expires_at: expiresAt, successor_sealed: sealed } = row
  if (id === null || expiresAt === null || sealed === null) return undefined
  return {
    id: fromUuid('rft', id),
    sealed,
    expiresAt,
    consumedAt: row.successor_consumed_at ?? undefined,
  }
}
