import { type ClientId, toUuid, type UserId } from '../../../kernel/index.ts'
import { type Statement, sql } from '../../../platform/db/index.ts'
import type { GrantRow } from './grant-store.ts'

export interface NewRecord {
  readonly kind: string
  readonly idHash: Buffer
  readonly grantId: string | undefined
  readonly clientId: ClientId | undefined
  readonly userId: UserId | undefined
  readonly userCodeHash: Buffer | undefined
  readonly payloadSealed: Buffer
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** INVARIANT I2: writing a record again never makes it unused again. */
export function upsertRecord(record: NewRecord): Statement {
  const client = record.clientId === undefined ? null : toUuid(record.clientId)
  const user = record.userId === undefined ? null : toUuid(record.userId)
  return sql`
    INSERT INTO oauth_records
           (tenant_id, kind, id_hash, grant_id, client_id, user_id, user_code_hash,
            payload_sealed, created_at, expires_at)
    VALUES (current_tenant_id(), ${record.kind}, ${record.idHash}, ${record.grantId ?? null},
            ${client}, ${user}, ${record.userCodeHash ?? null}, ${record.payloadSealed},
            ${record.createdAt}, ${record.expiresAt})
    ON CONFLICT (tenant_id, kind, id_hash) DO UPDATE
       SET grant_id = excluded.grant_id, user_id = excluded.user_id,
           user_code_hash = excluded.user_code_hash, payload_sealed = excluded.payload_sealed,
           expires_at = excluded.expires_at`
}

export interface RecordRow {
  id_hash: Buffer
  record_grant_id: string | null
  payload_sealed: Buffer
  successor_sealed: Buffer | null
  consumed_at: Date | null
}

/** All members of the grant are null if it does not count any more, or there is none. */
export type RecordWithGrantRow = RecordRow & { [Member in keyof GrantRow]: GrantRow[Member] | null }

export function findRecord(kind: string, idHash: Buffer, now: Date): Statement<RecordWithGrantRow> {
  return sql<RecordWithGrantRow>`
    SELECT r.id_hash, r.grant_id AS record_grant_id, r.payload_sealed, r.successor_sealed,
           r.consumed_at, g.grant_id, g.client_id, g.user_id, g.session_id, g.payload,
           g.expires_at, g.auth_time, g.acr, g.amr, g.absolute_expires_at, g.email,
           g.email_verified_at, g.display_name, g.locale, g.updated_at, g.roles
      FROM oauth_records r
      LEFT JOIN LATERAL (
             SELECT * FROM live_oauth_grants(${now}) l WHERE l.grant_id = r.grant_id LIMIT 1) g
        ON true
     WHERE r.tenant_id = current_tenant_id() AND r.kind = ${kind} AND r.id_hash = ${idHash}
       AND r.expires_at > ${now}`
}

export function findRecordByUserCode(userCodeHash: Buffer, now: Date): Statement<RecordRow> {
  return sql<RecordRow>`
    SELECT id_hash, grant_id AS record_grant_id, payload_sealed, successor_sealed, consumed_at
      FROM oauth_records
     WHERE tenant_id = current_tenant_id() AND user_code_hash = ${userCodeHash}
       AND expires_at > ${now}`
}

/** What waits for an answer of that user, newest first. */
export function findRecordsOfUser(kind: string, user: UserId, now: Date): Statement<RecordRow> {
  return sql<RecordRow>`
    SELECT id_hash, grant_id AS record_grant_id, payload_sealed, successor_sealed, consumed_at
      FROM oauth_records
     WHERE tenant_id = current_tenant_id() AND kind = ${kind} AND user_id = ${toUuid(user)}
       AND grant_id IS NULL AND consumed_at IS NULL AND expires_at > ${now}
     ORDER BY created_at DESC
     LIMIT 20`
}

/**
 * INVARIANT I2: of any number of callers, on any number of nodes, one gets a row. The sealed
 * successor goes along, so that a repetition within the grace finds it.
 */
export function consumeRecord(
  kind: string,
  idHash: Buffer,
  { now, successor }: { readonly now: Date; readonly successor: Buffer | undefined },
): Statement<{ id_hash: Buffer }> {
  return sql<{ id_hash: Buffer }>`
    UPDATE oauth_records
       SET consumed_at = ${now}, successor_sealed = ${successor ?? null}
     WHERE tenant_id = current_tenant_id() AND kind = ${kind} AND id_hash = ${idHash}
       AND consumed_at IS NULL AND expires_at > ${now}
    RETURNING id_hash`
}

export function deleteRecord(kind: string, idHash: Buffer): Statement {
  return sql`
    DELETE FROM oauth_records
     WHERE tenant_id = current_tenant_id() AND kind = ${kind} AND id_hash = ${idHash}`
}

export function deleteRecordsOfGrant(kind: string, grantId: string): Statement {
  return sql`
    DELETE FROM oauth_records
     WHERE tenant_id = current_tenant_id() AND kind = ${kind} AND grant_id = ${grantId}`
}

/** @returns no row if the value was seen before */
export function rememberOnce(valueHash: Buffer, expiresAt: Date): Statement<{ seen: boolean }> {
  return sql<{ seen: boolean }>`
    INSERT INTO oauth_replays (tenant_id, value_hash, expires_at)
    VALUES (current_tenant_id(), ${valueHash}, ${expiresAt})
    ON CONFLICT (tenant_id, value_hash) DO NOTHING
    RETURNING true AS seen`
}

export function purgeRecords(now: Date): readonly Statement[] {
  return [
    sql`
    DELETE FROM oauth_records
     WHERE tenant_id = current_tenant_id() AND expires_at < ${now}`,
    sql`
    DELETE FROM oauth_replays
     WHERE tenant_id = current_tenant_id() AND expires_at < ${now}`,
  ]
}
