import {
  addDuration,
  fromUuid,
  type KeyId,
  milliseconds,
  type RequestContext,
  type SessionId,
  toUuid,
  type UserId,
} from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'
import {
  type EndReason,
  type LiveSession,
  type Session,
  type SessionTransport,
  touchInterval,
} from './model.ts'
import { hashSessionCookie, type SessionCookie } from './session-cookie.ts'

/** `secretHash` is that of the cookie, and undefined for transport `bearer`. */
export function insertSessionStatement(
  session: Session,
  secretHash: Buffer | undefined,
): Statement {
  return sql`
    INSERT INTO sessions
           (tenant_id, id, user_id, transport, secret_hash, created_at, last_seen_at,
            idle_expires_at, absolute_expires_at, auth_time, acr, amr, device_label, source_ip,
            device_hash, is_device_bound)
    VALUES (current_tenant_id(), ${toUuid(session.id)}, ${toUuid(session.userId)},
            ${session.transport}, ${secretHash}, ${session.createdAt}, ${session.lastSeenAt},
            ${session.idleExpiresAt}, ${session.absoluteExpiresAt}, ${session.authTime},
            ${session.acr}, ${session.amr}, ${session.deviceLabel}, ${session.sourceIp},
            ${session.device.hash}, ${session.device.isBound})`
}

/** A session that an access token names, and the key that signed the token. */
export interface SessionQuestion {
  readonly sessionId: SessionId
  readonly keyId: KeyId | undefined
}

/**
 * Answers many questions at once; `position` counts from 1 and misses those refused. The LATERAL
 * with LIMIT 1 is a look-up by primary key, whatever the planner believes about the tenant.
 *
 * NOTE: the sub-select hides from the planner how many questions there are. A plan for one question
 * looks cheaper than the one for any number, and would be made anew for each request: that takes
 * longer than the answer.
 */
export function findLiveSessions(
  questions: readonly SessionQuestion[],
  now: Date,
): Statement<LiveSessionRow & { readonly position: string }> {
  return sql`
    SELECT q.position, l.session_id, l.user_id, l.transport, l.auth_time, l.acr, l.amr,
           l.last_seen_at, l.idle_expires_at, l.absolute_expires_at, l.email,
           l.email_verified_at, l.display_name, l.locale, l.user_created_at, l.roles,
           l.permissions
      FROM unnest((SELECT ${questions.map((q) => toUuid(q.sessionId))}::uuid[]),
                  ${questions.map((q) => (q.keyId === undefined ? null : toUuid(q.keyId)))}::uuid[])
           WITH ORDINALITY AS q (session_id, key_id, position)
     CROSS JOIN LATERAL (
             SELECT * FROM live_sessions(${now}) s WHERE s.session_id = q.session_id LIMIT 1) l
     WHERE q.key_id IS NULL
        OR EXISTS (SELECT FROM signing_keys k
                    WHERE k.tenant_id = current_tenant_id() AND k.id = q.key_id
                      AND k.status IN ('next', 'active', 'retiring'))`
}

/**
 * Finds the live session of a cookie and notes its use. The hash of the secret is compared, not
 * the secret, so how long the comparison takes tells nothing that helps to guess it. A bearer
 * session has no hash, which equals nothing.
 */
export function findByCookieStatement(
  context: RequestContext,
  cookie: SessionCookie,
): Statement<LiveSessionRow> {
  const { policy } = context.tenant
  const now = context.clock.now()
  const seenBefore = addDuration(now, milliseconds(-touchInterval(policy).milliseconds))
  return sql<LiveSessionRow>`
    WITH found AS (
      SELECT l.session_id, l.user_id, l.transport, l.auth_time, l.acr, l.amr, l.last_seen_at,
             l.idle_expires_at, l.absolute_expires_at, l.email, l.email_verified_at,
             l.display_name, l.locale, l.user_created_at, l.roles, l.permissions,
             b.source_ip, b.device_label
        FROM live_sessions(${now}) l
        JOIN sessions b ON b.tenant_id = current_tenant_id() AND b.id = l.session_id
       WHERE l.session_id = ${toUuid(cookie.id)}
         AND l.secret_hash = ${hashSessionCookie(cookie)}
    ), touched AS (
      UPDATE sessions s
         SET last_seen_at = ${now},
             idle_expires_at = LEAST(${addDuration(now, policy.cookieIdle)}, s.absolute_expires_at)
        FROM found f
       WHERE s.tenant_id = current_tenant_id() AND s.id = f.session_id AND s.ended_at IS NULL
         AND s.last_seen_at <= ${seenBefore}
    )
    SELECT session_id, user_id, transport, auth_time, acr, amr, last_seen_at, idle_expires_at,
           absolute_expires_at, email, email_verified_at, display_name, locale, user_created_at,
           roles, permissions, source_ip, device_label
      FROM found`
}

export function findUserStatement(userId: UserId): Statement<{ id: string }> {
  return sql<{ id: string }>`
    SELECT id FROM users WHERE tenant_id = current_tenant_id() AND id = ${toUuid(userId)}`
}

export interface Ending {
  readonly userId: UserId
  readonly at: Date
  readonly reason: EndReason
}

/** `ended`: it ended now. `was_over`: it had ended before. `missing`: not of this user. */
export type EndResult = 'ended' | 'was_over' | 'missing'

export async function endSession(tx: Tx, id: SessionId, ending: Ending): Promise<EndResult> {
  const ended = await tx.first(sql<{ id: string }>`
    UPDATE sessions
       SET ended_at = ${ending.at}, end_reason = ${ending.reason}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND user_id = ${toUuid(ending.userId)} AND ended_at IS NULL
    RETURNING id`)
  if (ended !== undefined) return 'ended'
  const known = await tx.first(sql<{ id: string }>`
    SELECT id FROM sessions
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND user_id = ${toUuid(ending.userId)}`)
  return known === undefined ? 'missing' : 'was_over'
}

/** Ends every session of a user, but `keep`. Locks them in the order that refreshing does. */
export async function endSessionsOfUser(
  tx: Tx,
  ending: Ending,
  keep: SessionId | undefined,
): Promise<SessionId[]> {
  const kept = keep === undefined ? null : toUuid(keep)
  const rows = await tx.run(sql<{ id: string }>`
    UPDATE sessions
       SET ended_at = ${ending.at}, end_reason = ${ending.reason}
     WHERE tenant_id = current_tenant_id()
       AND id IN (SELECT id FROM sessions
                   WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(ending.userId)}
                     AND ended_at IS NULL AND (${kept}::uuid IS NULL OR id <> ${kept})
                   ORDER BY id FOR UPDATE)
    RETURNING id`)
  return rows.map((row) => fromUuid('ses', row.id))
}

/** Ends the sessions of a user that began on one device. */
export async function endSessionsOfDevice(
  tx: Tx,
  ending: Ending,
  deviceHash: Buffer,
): Promise<SessionId[]> {
  const rows = await tx.run(sql<{ id: string }>`
    UPDATE sessions
       SET ended_at = ${ending.at}, end_reason = ${ending.reason}
     WHERE tenant_id = current_tenant_id()
       AND id IN (SELECT id FROM sessions
                   WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(ending.userId)}
                     AND ended_at IS NULL AND device_hash = ${deviceHash}
                   ORDER BY id FOR UPDATE)
    RETURNING id`)
  return rows.map((row) => fromUuid('ses', row.id))
}

/** Ends the session of a cookie, if it is of this user and has not ended. */
export async function endSessionOfCookie(
  tx: Tx,
  ending: Ending,
  cookie: SessionCookie,
): Promise<boolean> {
  const ended = await tx.first(sql<{ id: string }>`
    UPDATE sessions
       SET ended_at = ${ending.at}, end_reason = ${ending.reason}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(cookie.id)}
       AND user_id = ${toUuid(ending.userId)} AND secret_hash = ${hashSessionCookie(cookie)}
       AND ended_at IS NULL
    RETURNING id`)
  return ended !== undefined
}

/** Their refresh tokens go with them. */
export function deleteExpiredSessions(now: Date, limit: number): Statement<{ id: string }> {
  return sql<{ id: string }>`
    DELETE FROM sessions
     WHERE tenant_id = current_tenant_id()
       AND id IN (SELECT id FROM sessions
                   WHERE tenant_id = current_tenant_id() AND absolute_expires_at <= ${now}
                   LIMIT ${limit})
    RETURNING id`
}

export interface LiveSessionRow {
  readonly session_id: string
  readonly user_id: string
  readonly transport: SessionTransport
  readonly auth_time: Date
  readonly acr: string
  readonly amr: string[]
  readonly last_seen_at: Date
  readonly idle_expires_at: Date
  readonly absolute_expires_at: Date
  readonly email: string
  readonly email_verified_at: Date | null
  readonly display_name: string | null
  readonly locale: string | null
  readonly user_created_at: Date
  readonly roles: string[]
  readonly permissions: string[]
  /** Read for a cookie only. */
  readonly source_ip?: string
  readonly device_label?: string
}

export function toLiveSession(row: LiveSessionRow): LiveSession {
  return {
    sessionId: fromUuid('ses', row.session_id),
    userId: fromUuid('usr', row.user_id),
    transport: row.transport,
    authTime: row.auth_time,
    acr: row.acr,
    amr: row.amr,
    lastSeenAt: row.last_seen_at,
    idleExpiresAt: row.idle_expires_at,
    absoluteExpiresAt: row.absolute_expires_at,
    email: row.email,
    emailVerifiedAt: row.email_verified_at ?? undefined,
    displayName: row.display_name ?? undefined,
    locale: row.locale ?? undefined,
    userCreatedAt: row.user_created_at,
    roles: row.roles,
    permissions: row.permissions,
    began:
      row.source_ip === undefined || row.device_label === undefined
        ? undefined
        : { sourceIp: row.source_ip, deviceLabel: row.device_label },
  }
}
