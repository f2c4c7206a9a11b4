import { type Secret, type SessionId, toUuid, type UserContext } from '../../kernel/index.ts'
import { sql, type Tx } from '../../platform/db/index.ts'
import { deviceLabel } from '../devices/index.ts'
import type { Authentication } from './model.ts'
import { formatSessionCookie, hashSessionCookie, makeSessionCookie } from './session-cookie.ts'

export interface StrengthenedSession {
  readonly sessionId: SessionId
  readonly absoluteExpiresAt: Date
  /** New content of the cookie, where the request came with one. Hand it out after the commit. */
  readonly cookie: Secret<string> | undefined
}

/**
 * Notes that the user of the current session has just authenticated anew. A session that came by
 * cookie gets another secret: what somebody copied before is worth nothing afterwards (ASVS 7.2.4).
 * No limit of the session moves.
 * @returns undefined if the session is over
 */
export async function strengthenSession(
  tx: Tx,
  { principal, clock, source }: UserContext,
  { authTime, acr, amr }: Authentication,
): Promise<StrengthenedSession | undefined> {
  const { sessionId, userId, via } = principal
  const cookie = via === 'session_cookie' ? makeSessionCookie(sessionId) : undefined
  const secretHash = cookie === undefined ? null : hashSessionCookie(cookie)
  const row = await tx.first(sql<{ absolute_expires_at: Date }>`
    UPDATE sessions
       SET auth_time = ${authTime}, acr = ${acr}, amr = ${amr},
           secret_hash = COALESCE(${secretHash}::bytea, secret_hash),
           source_ip = ${source.ip}, device_label = ${deviceLabel(source.userAgent)}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(sessionId)}
       AND user_id = ${toUuid(userId)} AND ended_at IS NULL
       AND absolute_expires_at > ${clock.now()}
    RETURNING absolute_expires_at`)
  if (row === undefined) return undefined
  return {
    sessionId,
    absoluteExpiresAt: row.absolute_expires_at,
    cookie: cookie === undefined ? undefined : formatSessionCookie(cookie),
  }
}
