import { fromUuid, type SessionId, toUuid, type UserId } from '../../kernel/index.ts'
import { type Statement, sql } from '../../platform/db/index.ts'
import type { ListedSession, SessionTransport } from './model.ts'

export interface SessionPage {
  readonly after: SessionId | undefined
  readonly limit: number
}

/** Live sessions of one user, newest first. */
export function listSessionsStatement(
  userId: UserId,
  now: Date,
  { after, limit }: SessionPage,
): Statement<SessionRow> {
  const before = after === undefined ? null : toUuid(after)
  return sql<SessionRow>`
    SELECT s.id, s.user_id, s.transport, s.created_at, s.last_seen_at, s.idle_expires_at,
           s.absolute_expires_at, s.auth_time, s.acr, s.amr, s.device_label, s.source_ip,
           s.name, d.id AS device_id, d.place
      FROM live_sessions(${now}) l
      JOIN sessions s ON s.tenant_id = current_tenant_id() AND s.id = l.session_id
      LEFT JOIN devices d ON d.tenant_id = current_tenant_id() AND d.user_id = s.user_id
                         AND d.device_hash = s.device_hash
     WHERE l.user_id = ${toUuid(userId)} AND (${before}::uuid IS NULL OR s.id < ${before})
     ORDER BY s.id DESC
     LIMIT ${limit}`
}

interface Naming {
  readonly id: SessionId
  readonly userId: UserId
  readonly name: string | undefined
  readonly at: Date
}

/**
 * Names a live session of one user. That it has not ended is asked of the row that is written too:
 * a session that ends at the same moment is looked at again once its lock is free.
 */
export function renameSessionStatement({ id, userId, name, at }: Naming): Statement<SessionRow> {
  return sql<SessionRow>`
    WITH s AS (
      UPDATE sessions t SET name = ${name}
        FROM live_sessions(${at}) l
       WHERE l.session_id = ${toUuid(id)} AND l.user_id = ${toUuid(userId)}
         AND t.tenant_id = current_tenant_id() AND t.id = l.session_id AND t.ended_at IS NULL
      RETURNING t.*)
    SELECT s.id, s.user_id, s.transport, s.created_at, s.last_seen_at, s.idle_expires_at,
           s.absolute_expires_at, s.auth_time, s.acr, s.amr, s.device_label, s.source_ip, s.name,
           d.id AS device_id, d.place
      FROM s
      LEFT JOIN devices d ON d.tenant_id = current_tenant_id() AND d.user_id = s.user_id
                         AND d.device_hash = s.device_hash`
}

export interface SessionRow {
  readonly id: string
  readonly user_id: string
  readonly transport: SessionTransport
  readonly created_at: Date
  readonly last_seen_at: Date
  readonly idle_expires_at: Date
  readonly absolute_expires_at: Date
  readonly auth_time: Date
  readonly acr: string
  readonly amr: string[]
  readonly device_label: string
  readonly source_ip: string
  readonly name: string | null
  readonly device_id: string | null
  readonly place: string | null
}

export function toListedSession(row: SessionRow): ListedSession {
  return {
    id: fromUuid('ses', row.id),
    userId: fromUuid('usr', row.user_id),
    transport: row.transport,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    idleExpiresAt: row.idle_expires_at,
    absoluteExpiresAt: row.absolute_expires_at,
    authTime: row.auth_time,
    acr: row.acr,
    amr: row.amr,
    deviceLabel: row.device_label,
    sourceIp: row.source_ip,
    name: row.name ?? undefined,
    deviceId: row.device_id === null ? undefined : fromUuid('dev', row.device_id),
    place: row.place ?? undefined,
  }
}
