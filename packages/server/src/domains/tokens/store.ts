import { fromUuid, type RefreshTokenId, type SessionId, toUuid } from '../../kernel/index.ts'
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

/** A token whose secret was proven, with what became of it. */
export interface PresentedToken {
  readonly sessionId: SessionId
  readonly expiresAt: Date
  readonly consumedAt: Date | undefined
  readonly successor: StoredSuccessor | undefined
  /** undefined if the session is over or its user suspended. */
  readonly session: RefreshedSession | undefined
  /** The session is bound to a device, and this is another one or none. */
  readonly isForeignDevice: boolean
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
  { now, device }: { readonly now: Date; readonly device: Buffer | undefined },
): Promise<PresentedToken | undefined> {
  const row = await tx.first(sql<PresentedRow>`
    SELECT r.session_id AS family_id, r.expires_at, r.consumed_at, r.successor_sealed,
           n.id AS successor_id, n.expires_at AS successor_expires_at,
           n.consumed_at AS successor_consumed_at,
           l.session_id, l.user_id, l.auth_time, l.acr, l.amr, l.roles, l.absolute_expires_at,
           s.source_ip AS began_ip, s.device_label AS began_label,
           COALESCE(s.device_hash = ${device}::bytea, false) AS is_own_device,
           s.is_device_bound AND s.device_hash IS DISTINCT FROM ${device}::bytea AS is_foreign_device
      FROM refresh_tokens r
      JOIN sessions s ON s.tenant_id = current_tenant_id() AND s.id = r.session_id
      LEFT JOIN refresh_tokens n ON n.tenant_id = current_tenant_id() AND n.parent_id = r.id
      LEFT JOIN live_sessions(${now}) l ON l.session_id = r.session_id
     WHERE r.tenant_id = current_tenant_id() AND r.id = ${toUuid(token.id)}
       AND r.token_hash = ${hashRefreshToken(token)}`)
  return row === undefined ? undefined : toPresentedToken(row)
}

/** @returns false if the session had ended before. */
export async function endFamily(
  tx: Tx,
  sessionId: SessionId,
  {
    now,
    reason,
  }: { readonly now: Date; readonly reason: 'refresh_token_reuse' | 'device_mismatch' },
): Promise<boolean> {
  const ended = await tx.first(sql<{ id: string }>`
    UPDATE sessions
       SET ended_at = ${now}, end_reason = ${reason}
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

export interface SessionRow {
  readonly session_id: string
  readonly user_id: string
  readonly auth_time: Date
  readonly acr: string
  readonly amr: string[]
  readonly roles: string[]
  readonly absolute_expires_at: Date
  readonly began_ip: string
  readonly began_label: string
  readonly is_own_device: boolean
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
    began: {
      sourceIp: row.began_ip,
      deviceLabel: row.began_label,
      isSameDevice: row.is_own_device,
    },
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
  readonly is_foreign_device: boolean
}

function toPresentedToken(row: PresentedRow): PresentedToken {
  return {
    sessionId: fromUuid('ses', row.family_id),
    expiresAt: row.expires_at,
    consumedAt: row.consumed_at ?? undefined,
    successor: toSuccessor(row),
    session: row.session_id === null ? undefined : toRefreshedSession(row as SessionRow),
    isForeignDevice: row.is_foreign_device,
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
