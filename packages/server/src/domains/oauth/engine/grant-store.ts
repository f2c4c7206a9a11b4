import {
  type ClientId,
  fromUuid,
  type SessionId,
  toUuid,
  type UserId,
} from '../../../kernel/index.ts'
import { type Statement, sql } from '../../../platform/db/index.ts'

/** A grant that counts now, and what is known of its user and session. */
export interface GrantFacts {
  readonly id: string
  readonly clientId: ClientId
  readonly userId: UserId
  readonly sessionId: SessionId
  /** As the engine keeps it. */
  readonly payload: Record<string, unknown>
  readonly expiresAt: Date
  readonly authTime: Date
  readonly acr: string
  readonly amr: readonly string[]
  readonly absoluteExpiresAt: Date
  readonly email: string
  readonly emailVerifiedAt: Date | undefined
  readonly displayName: string | undefined
  readonly locale: string | undefined
  readonly updatedAt: Date
  readonly roles: readonly string[]
}

export interface GrantRow {
  grant_id: string
  client_id: string
  user_id: string
  session_id: string
  payload: Record<string, unknown>
  expires_at: Date
  auth_time: Date
  acr: string
  amr: string[]
  absolute_expires_at: Date
  email: string
  email_verified_at: Date | null
  display_name: string | null
  locale: string | null
  updated_at: Date
  roles: string[]
}

export function findGrant(id: string, now: Date): Statement<GrantRow> {
  return sql<GrantRow>`
    SELECT grant_id, client_id, user_id, session_id, payload, expires_at, auth_time, acr, amr,
           absolute_expires_at, email, email_verified_at, display_name, locale, updated_at, roles
      FROM live_oauth_grants(${now}) WHERE grant_id = ${id}`
}

/** The grant that a client has in a session; the newest, should there be several. */
export function findGrantOfSession(
  session: SessionId,
  client: ClientId,
  now: Date,
): Statement<GrantRow> {
  return sql<GrantRow>`
    SELECT grant_id, client_id, user_id, session_id, payload, expires_at, auth_time, acr, amr,
           absolute_expires_at, email, email_verified_at, display_name, locale, updated_at, roles
      FROM live_oauth_grants(${now})
     WHERE session_id = ${toUuid(session)} AND client_id = ${toUuid(client)}
     ORDER BY expires_at DESC, grant_id LIMIT 1`
}

export interface NewGrant {
  readonly id: string
  readonly clientId: ClientId
  readonly userId: UserId
  readonly sessionId: SessionId
  readonly isOffline: boolean
  readonly payload: object
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** INVARIANT: a grant never moves to another user or client, nor back from revoked. */
export function upsertGrant(grant: NewGrant): Statement {
  return sql`
    INSERT INTO oauth_grants
           (tenant_id, id, client_id, user_id, session_id, is_offline, payload, created_at,
            expires_at)
    VALUES (current_tenant_id(), ${grant.id}, ${toUuid(grant.clientId)}, ${toUuid(grant.userId)},
            ${toUuid(grant.sessionId)}, ${grant.isOffline}, ${JSON.stringify(grant.payload)}::jsonb,
            ${grant.createdAt}, ${grant.expiresAt})
    ON CONFLICT (tenant_id, id) DO UPDATE
       SET payload = excluded.payload, is_offline = excluded.is_offline,
           expires_at = excluded.expires_at
     WHERE oauth_grants.client_id = excluded.client_id AND oauth_grants.user_id = excluded.user_id`
}

/** A session that its own user replaced by signing in again hands its grants on. */
export function moveGrants(userId: UserId, from: SessionId, to: SessionId): Statement {
  return sql`
    UPDATE oauth_grants SET session_id = ${toUuid(to)}
     WHERE tenant_id = current_tenant_id() AND session_id = ${toUuid(from)}
       AND user_id = ${toUuid(userId)} AND revoked_at IS NULL`
}

export function revokeGrant(id: string, now: Date): Statement<{ id: string }> {
  return sql<{ id: string }>`
    UPDATE oauth_grants SET revoked_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${id} AND revoked_at IS NULL
    RETURNING id`
}

export function purgeGrants(now: Date): Statement {
  return sql`
    DELETE FROM oauth_grants
     WHERE tenant_id = current_tenant_id() AND expires_at < ${now}::timestamptz - interval '1 day'`
}

export function toGrantFacts(row: GrantRow): GrantFacts {
  return {
    id: row.grant_id,
    clientId: fromUuid('cli', row.client_id),
    userId: fromUuid('usr', row.user_id),
    sessionId: fromUuid('ses', row.session_id),
    payload: row.payload,
    expiresAt: row.expires_at,
    authTime: row.auth_time,
    acr: row.acr,
    amr: row.amr,
    absoluteExpiresAt: row.absolute_expires_at,
    email: row.email,
    emailVerifiedAt: row.email_verified_at ?? undefined,
    displayName: row.display_name ?? undefined,
    locale: row.locale ?? undefined,
    updatedAt: row.updated_at,
    roles: row.roles,
  }
}
