import { fromUuid, toUuid } from '../../../kernel/index.ts'
import { type Statement, sql } from '../../../platform/db/index.ts'
import type { SubjectMapping, TrustedIssuer, TrustedIssuerId } from './model.ts'

export interface TrustedIssuerRow {
  id: string
  issuer: string
  jwks: TrustedIssuer['jwks'] | null
  jwks_uri: string | null
  subject_mapping: SubjectMapping
  client_ids: string[]
  scopes: string[]
  created_at: Date
}

/** @returns no row if that issuer is trusted already */
export function insertTrustedIssuer(trusted: TrustedIssuer): Statement<{ id: string }> {
  const { jwks, clientIds } = trusted
  return sql<{ id: string }>`
    INSERT INTO oauth_trusted_issuers
           (tenant_id, id, issuer, jwks, jwks_uri, subject_mapping, client_ids, scopes, created_at)
    VALUES (current_tenant_id(), ${toUuid(trusted.id)}, ${trusted.issuer},
            ${jwks === undefined ? null : JSON.stringify(jwks)}::jsonb,
            ${trusted.jwksUri ?? null}, ${trusted.subjectMapping}, ${clientIds.map(toUuid)}::uuid[],
            ${trusted.scopes}, ${trusted.createdAt})
    ON CONFLICT (tenant_id, issuer) DO NOTHING
    RETURNING id`
}

export function findTrustedIssuer(issuer: string): Statement<TrustedIssuerRow> {
  return sql<TrustedIssuerRow>`
    SELECT id, issuer, jwks, jwks_uri, subject_mapping, client_ids, scopes, created_at
      FROM oauth_trusted_issuers
     WHERE tenant_id = current_tenant_id() AND issuer = ${issuer}`
}

/** Newest first. */
export function listTrustedIssuers(
  after: TrustedIssuerId | undefined,
  limit: number,
): Statement<TrustedIssuerRow> {
  const before = after === undefined ? null : toUuid(after)
  return sql<TrustedIssuerRow>`
    SELECT id, issuer, jwks, jwks_uri, subject_mapping, client_ids, scopes, created_at
      FROM oauth_trusted_issuers
     WHERE tenant_id = current_tenant_id() AND (${before}::uuid IS NULL OR id < ${before})
     ORDER BY id DESC
     LIMIT ${limit}`
}

export function deleteTrustedIssuer(id: TrustedIssuerId): Statement<{ issuer: string }> {
  return sql<{ issuer: string }>`
    DELETE FROM oauth_trusted_issuers
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
    RETURNING issuer`
}

export function toTrustedIssuer(row: TrustedIssuerRow): TrustedIssuer {
  return {
    id: fromUuid('tis', row.id),
    issuer: row.issuer,
    jwks: row.jwks ?? undefined,
    jwksUri: row.jwks_uri ?? undefined,
    subjectMapping: row.subject_mapping,
    clientIds: row.client_ids.map((id) => fromUuid('cli', id)),
    scopes: row.scopes,
    createdAt: row.created_at,
  }
}
