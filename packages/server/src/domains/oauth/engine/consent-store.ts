import { type ClientId, fromUuid, toUuid, type UserId } from '../../../kernel/index.ts'
import { type Statement, sql } from '../../../platform/db/index.ts'

/** What a user allowed a client. */
export interface Consent {
  readonly scopes: readonly string[]
  readonly claims: readonly string[]
  /** Scopes by resource server. */
  readonly resources: Readonly<Record<string, readonly string[]>>
}

export interface ConsentRow {
  client_id: string
  client_name: string
  scopes: string[]
  claims: string[]
  resources: Record<string, string[]>
  created_at: Date
  updated_at: Date
}

export interface ConnectedApplication extends Consent {
  readonly clientId: ClientId
  readonly clientName: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

export function findConsents(user: UserId, client: ClientId): Statement<ConsentRow> {
  return sql<ConsentRow>`
    SELECT c.client_id, o.name AS client_name, c.scopes, c.claims, c.resources, c.created_at,
           c.updated_at
      FROM oauth_consents c
      JOIN oauth_clients o ON o.tenant_id = c.tenant_id AND o.id = c.client_id
     WHERE c.tenant_id = current_tenant_id() AND c.user_id = ${toUuid(user)}
       AND c.client_id = ${toUuid(client)}`
}

export interface ConsentPage {
  readonly after: ClientId | undefined
  readonly limit: number
}

/** Newest client first. */
export function listConsents(user: UserId, page: ConsentPage | undefined): Statement<ConsentRow> {
  const before = page?.after === undefined ? null : toUuid(page.after)
  const limit = page?.limit ?? null
  return sql<ConsentRow>`
    SELECT c.client_id, o.name AS client_name, c.scopes, c.claims, c.resources, c.created_at,
           c.updated_at
      FROM oauth_consents c
      JOIN oauth_clients o ON o.tenant_id = c.tenant_id AND o.id = c.client_id
     WHERE c.tenant_id = current_tenant_id() AND c.user_id = ${toUuid(user)}
       AND (${before}::uuid IS NULL OR c.client_id < ${before})
     ORDER BY c.client_id DESC
     LIMIT ${limit}::bigint`
}

/**
 * Adds to what the user allowed that client before: it asks for more as it needs more. One statement,
 * so that two windows that allow different things at once lose neither.
 */
export function addConsent(
  user: UserId,
  client: ClientId,
  { consent, now }: { readonly consent: Consent; readonly now: Date },
): Statement {
  const { scopes, claims, resources } = consent
  return sql`
    INSERT INTO oauth_consents AS c
           (tenant_id, user_id, client_id, scopes, claims, resources, created_at, updated_at)
    VALUES (current_tenant_id(), ${toUuid(user)}, ${toUuid(client)}, ${scopes}, ${claims},
            ${JSON.stringify(resources)}::jsonb, ${now}, ${now})
    ON CONFLICT (tenant_id, user_id, client_id) DO UPDATE
       SET scopes = ARRAY(SELECT DISTINCT unnest(c.scopes || excluded.scopes)),
           claims = ARRAY(SELECT DISTINCT unnest(c.claims || excluded.claims)),
           resources = (
             SELECT COALESCE(jsonb_object_agg(name, scopes), '{}')
               FROM (SELECT r.key AS name, jsonb_agg(DISTINCT s.value) AS scopes
                       FROM (SELECT * FROM jsonb_each(c.resources)
                             UNION ALL SELECT * FROM jsonb_each(excluded.resources)) r
                      CROSS JOIN LATERAL jsonb_array_elements(r.value) s
                      GROUP BY r.key) a),
           updated_at = excluded.updated_at`
}

/** Its grants end with it, and with them their tokens. */
export function deleteConsent(user: UserId, client: ClientId): Statement<{ client_id: string }> {
  return sql<{ client_id: string }>`
    DELETE FROM oauth_consents
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(user)}
       AND client_id = ${toUuid(client)}
    RETURNING client_id`
}

export function revokeGrantsOf(
  user: UserId,
  client: ClientId,
  now: Date,
): Statement<{ id: string }> {
  return sql<{ id: string }>`
    UPDATE oauth_grants SET revoked_at = ${now}
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(user)}
       AND client_id = ${toUuid(client)} AND revoked_at IS NULL
    RETURNING id`
}

export function toConnectedApplication(row: ConsentRow): ConnectedApplication {
  return {
    clientId: fromUuid('cli', row.client_id),
    clientName: row.client_name,
    scopes: row.scopes,
    claims: row.claims,
    resources: row.resources,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
