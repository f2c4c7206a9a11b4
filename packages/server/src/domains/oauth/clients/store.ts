import { type ClientId, fromUuid, toUuid } from '../../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../../platform/db/index.ts'
import type { Client, ClientMetadata, ClientStatus, ClientWithSecrets } from './model.ts'
import type { ClientProfile } from './profiles.ts'

interface ClientRow {
  id: string
  profile: ClientProfile
  name: string
  status: ClientStatus
  is_first_party: boolean
  metadata: ClientMetadata
  version: number
  created_at: Date
  updated_at: Date
}

export interface ClientWithSecretsRow extends ClientRow {
  secret_hashes: Buffer[]
}

/** A client that is active, with the secrets that work at that time. */
export function findActiveClient(id: ClientId, now: Date): Statement<ClientWithSecretsRow> {
  return sql<ClientWithSecretsRow>`
    SELECT c.id, c.profile, c.name, c.status, c.is_first_party, c.metadata, c.version,
           c.created_at, c.updated_at,
           ARRAY(SELECT s.secret_hash FROM oauth_client_secrets s
                  WHERE s.tenant_id = c.tenant_id AND s.client_id = c.id
                    AND (s.expires_at IS NULL OR s.expires_at > ${now})
                  ORDER BY s.created_at DESC) AS secret_hashes
      FROM oauth_clients c
     WHERE c.tenant_id = current_tenant_id() AND c.id = ${toUuid(id)} AND c.status = 'active'`
}

export function findDocumentClient(address: string): Statement<ClientWithSecretsRow> {
  return sql<ClientWithSecretsRow>`
    SELECT id, profile, name, status, is_first_party, metadata, version, created_at, updated_at,
           ARRAY[]::bytea[] AS secret_hashes
      FROM oauth_clients
     WHERE tenant_id = current_tenant_id() AND document_url = ${address}`
}

/** An administrator may have disabled it: that stays. */
export function upsertDocumentClient(client: Client, address: string): Statement<ClientRow> {
  return sql<ClientRow>`
    INSERT INTO oauth_clients
           (tenant_id, id, profile, name, status, is_first_party, metadata, version, created_at,
            updated_at, document_url)
    VALUES (current_tenant_id(), ${toUuid(client.id)}, ${client.profile}, ${client.name},
            ${client.status}, false, ${JSON.stringify(client.metadata)}::jsonb, 1,
            ${client.createdAt}, ${client.updatedAt}, ${address})
    ON CONFLICT (tenant_id, id) DO UPDATE
       SET profile = excluded.profile, name = excluded.name, metadata = excluded.metadata,
           version = oauth_clients.version + 1, updated_at = excluded.updated_at
     WHERE oauth_clients.document_url = excluded.document_url
    RETURNING id, profile, name, status, is_first_party, metadata, version, created_at, updated_at`
}

/** Those that no user allowed anything: anybody may name addresses. */
export function purgeDocumentClients(now: Date): Statement {
  return sql`
    DELETE FROM oauth_clients c
     WHERE c.tenant_id = current_tenant_id() AND c.document_url IS NOT NULL
       AND c.status = 'active' AND c.updated_at < ${now}::timestamptz - interval '7 days'
       AND NOT EXISTS (SELECT FROM oauth_consents o
                        WHERE o.tenant_id = c.tenant_id AND o.client_id = c.id)`
}

export async function findClient(tx: Tx, id: ClientId): Promise<Client | undefined> {
  const row = await tx.first(sql<ClientRow>`
    SELECT id, profile, name, status, is_first_party, metadata, version, created_at, updated_at
      FROM oauth_clients
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`)
  return row === undefined ? undefined : toClient(row)
}

/** Nobody else changes it before the end of the transaction. */
export async function lockClient(tx: Tx, id: ClientId): Promise<Client | undefined> {
  const row = await tx.first(sql<ClientRow>`
    SELECT id, profile, name, status, is_first_party, metadata, version, created_at, updated_at
      FROM oauth_clients
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       FOR UPDATE`)
  return row === undefined ? undefined : toClient(row)
}

export interface ClientPage {
  readonly after: ClientId | undefined
  readonly limit: number
}

/** Newest first. */
export async function listClients(tx: Tx, { after, limit }: ClientPage): Promise<Client[]> {
  const before = after === undefined ? null : toUuid(after)
  const rows = await tx.run(sql<ClientRow>`
    SELECT id, profile, name, status, is_first_party, metadata, version, created_at, updated_at
      FROM oauth_clients
     WHERE tenant_id = current_tenant_id() AND (${before}::uuid IS NULL OR id < ${before})
     ORDER BY id DESC
     LIMIT ${limit}`)
  return rows.map(toClient)
}

export async function insertClient(tx: Tx, client: Client): Promise<void> {
  await tx.run(sql`
    INSERT INTO oauth_clients
           (tenant_id, id, profile, name, status, is_first_party, metadata, version, created_at,
            updated_at)
    VALUES (current_tenant_id(), ${toUuid(client.id)}, ${client.profile}, ${client.name},
            ${client.status}, ${client.isFirstParty}, ${JSON.stringify(client.metadata)}::jsonb,
            ${client.version}, ${client.createdAt}, ${client.updatedAt})`)
}

export async function replaceClient(tx: Tx, client: Client): Promise<void> {
  await tx.run(sql`
    UPDATE oauth_clients
       SET name = ${client.name}, status = ${client.status},
           is_first_party = ${client.isFirstParty},
           metadata = ${JSON.stringify(client.metadata)}::jsonb, version = ${client.version},
           updated_at = ${client.updatedAt}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(client.id)}`)
}

/** Grants, tokens and secrets go with it. @returns false if there was nothing to delete */
export async function deleteClient(tx: Tx, id: ClientId): Promise<boolean> {
  await tx.run(sql`
    DELETE FROM oauth_records
     WHERE tenant_id = current_tenant_id() AND client_id = ${toUuid(id)}`)
  const row = await tx.first(sql<{ id: string }>`
    DELETE FROM oauth_clients
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
    RETURNING id`)
  return row !== undefined
}

export async function insertSecret(
  tx: Tx,
  id: ClientId,
  { hash, now }: { readonly hash: Buffer; readonly now: Date },
): Promise<void> {
  await tx.run(sql`
    INSERT INTO oauth_client_secrets (tenant_id, client_id, secret_hash, created_at)
    VALUES (current_tenant_id(), ${toUuid(id)}, ${hash}, ${now})`)
}

/** The newest secret goes on until `until`; older ones end now, so that at most two ever work. */
export async function retireSecrets(tx: Tx, id: ClientId, until: Date): Promise<void> {
  await tx.run(sql`
    DELETE FROM oauth_client_secrets
     WHERE tenant_id = current_tenant_id() AND client_id = ${toUuid(id)}
       AND secret_hash NOT IN (
             SELECT secret_hash FROM oauth_client_secrets
              WHERE tenant_id = current_tenant_id() AND client_id = ${toUuid(id)}
              ORDER BY created_at DESC, secret_hash LIMIT 1)`)
  await tx.run(sql`
    UPDATE oauth_client_secrets
       SET expires_at = LEAST(COALESCE(expires_at, ${until}), ${until})
     WHERE tenant_id = current_tenant_id() AND client_id = ${toUuid(id)}`)
}

export function toClientWithSecrets(row: ClientWithSecretsRow): ClientWithSecrets {
  return { ...toClient(row), secretHashes: row.secret_hashes }
}

function toClient(row: ClientRow): Client {
  return {
    id: fromUuid('cli', row.id),
    profile: row.profile,
    name: row.name,
    status: row.status,
    isFirstParty: row.is_first_party,
    metadata: row.metadata,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
