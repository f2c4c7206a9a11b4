import { fromUuid, type KeyId, toUuid } from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'
import type { NewKey } from './key-material.ts'
import type { KeyAlgorithm, KeyStatus, SigningKey, StoredKey } from './model.ts'
import { publicJwkSchema } from './schema.ts'

/**
 * One change of a tenant's keys at a time, on any number of nodes: held until the transaction
 * ends. The unique indexes stop two active keys even without it; with it, the second caller reads
 * what the first one did.
 */
export async function lockKeys(tx: Tx): Promise<void> {
  await tx.run(sql`
    SELECT pg_advisory_xact_lock(${LOCK_CLASS}::int, hashtext(current_tenant_id()::text))`)
}

export function selectKeysVersion(): Statement<{ version: number }> {
  return sql<{ version: number }>`
    SELECT signing_keys_version AS version FROM tenants WHERE id = current_tenant_id()`
}

export function selectPublishedKeys(): Statement<StoredKeyRow> {
  return sql<StoredKeyRow>`
    SELECT id, algorithm, status, public_jwk, private_key_sealed, created_at, activated_at,
           retired_at, removed_at
      FROM signing_keys
     WHERE tenant_id = current_tenant_id() AND status IN ('next', 'active', 'retiring')
     ORDER BY id DESC`
}

export async function listPublishedKeys(tx: Tx): Promise<StoredKey[]> {
  return (await tx.run(selectPublishedKeys())).map(toStoredKey)
}

/** Newest first, without their private halves. */
export async function listKeys(
  tx: Tx,
  page: { readonly before: KeyId | undefined; readonly limit: number },
): Promise<SigningKey[]> {
  const before = page.before === undefined ? null : toUuid(page.before)
  const rows = await tx.run(sql<KeyRow>`
    SELECT id, algorithm, status, public_jwk, created_at, activated_at, retired_at, removed_at
      FROM signing_keys
     WHERE tenant_id = current_tenant_id() AND (${before}::uuid IS NULL OR id < ${before})
     ORDER BY id DESC LIMIT ${page.limit}`)
  return rows.map(toSigningKey)
}

export async function findKey(tx: Tx, id: KeyId): Promise<SigningKey | undefined> {
  const row = await tx.first(sql<KeyRow>`
    SELECT id, algorithm, status, public_jwk, created_at, activated_at, retired_at, removed_at
      FROM signing_keys
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`)
  return row === undefined ? undefined : toSigningKey(row)
}

/** Makes the waiting key of that algorithm active if none is; returns it if it did. */
export async function promoteNextKey(
  tx: Tx,
  algorithm: KeyAlgorithm,
  now: Date,
): Promise<KeyId | undefined> {
  const row = await tx.first(sql<{ id: string }>`
    UPDATE signing_keys
       SET status = 'active', activated_at = ${now}
     WHERE tenant_id = current_tenant_id() AND algorithm = ${algorithm} AND status = 'next'
       AND NOT EXISTS (SELECT FROM signing_keys AS other
                        WHERE other.tenant_id = current_tenant_id()
                          AND other.algorithm = ${algorithm} AND other.status = 'active')
    RETURNING id`)
  return row === undefined ? undefined : fromUuid('key', row.id)
}

/** Inserts it unless a key of its algorithm is active; returns true if it did. */
export async function insertActiveKey(tx: Tx, key: NewKey, now: Date): Promise<boolean> {
  const row = await tx.first(sql`
    INSERT INTO signing_keys
           (tenant_id, id, algorithm, status, public_jwk, private_key_sealed, created_at,
            activated_at)
    VALUES (current_tenant_id(), ${toUuid(key.id)}, ${key.publicJwk.alg}, 'active',
            ${JSON.stringify(key.publicJwk)}, ${key.privateKeySealed}, ${now}, ${now})
    ON CONFLICT (tenant_id, algorithm) WHERE status = 'active' DO NOTHING
    RETURNING id`)
  return row !== undefined
}

/** Inserts it unless a key of its algorithm waits already; returns true if it did. */
export async function insertNextKey(tx: Tx, key: NewKey, now: Date): Promise<boolean> {
  const row = await tx.first(sql`
    INSERT INTO signing_keys
           (tenant_id, id, algorithm, status, public_jwk, private_key_sealed, created_at)
    VALUES (current_tenant_id(), ${toUuid(key.id)}, ${key.publicJwk.alg}, 'next',
            ${JSON.stringify(key.publicJwk)}, ${key.privateKeySealed}, ${now})
    ON CONFLICT (tenant_id, algorithm) WHERE status = 'next' DO NOTHING
    RETURNING id`)
  return row !== undefined
}

/** A retiring key signs nothing, so its private half is erased. */
export async function retireKey(tx: Tx, id: KeyId, now: Date): Promise<boolean> {
  const row = await tx.first(sql`
    UPDATE signing_keys
       SET status = 'retiring', retired_at = ${now}, private_key_sealed = NULL
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND status = 'active'
    RETURNING id`)
  return row !== undefined
}

/** A waiting key that is never to sign: no token hangs on it, so it is no longer published. */
export async function removeNextKey(tx: Tx, id: KeyId, now: Date): Promise<boolean> {
  const row = await tx.first(sql`
    UPDATE signing_keys
       SET status = 'gone', removed_at = ${now}, private_key_sealed = NULL
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND status = 'next'
    RETURNING id`)
  return row !== undefined
}

export async function revokeKeyRow(tx: Tx, id: KeyId, now: Date): Promise<SigningKey | undefined> {
  const row = await tx.first(sql<KeyRow>`
    UPDATE signing_keys
       SET status = 'revoked', removed_at = ${now}, private_key_sealed = NULL
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND status IN ('next', 'active', 'retiring')
    RETURNING id, algorithm, status, public_jwk, created_at, activated_at, retired_at, removed_at`)
  return row === undefined ? undefined : toSigningKey(row)
}

/** Stops publishing what was retired at or before `retiredBy`. */
export async function removeRetiredKeys(tx: Tx, retiredBy: Date, now: Date): Promise<KeyId[]> {
  const rows = await tx.run(sql<{ id: string }>`
    UPDATE signing_keys
       SET status = 'gone', removed_at = ${now}
     WHERE tenant_id = current_tenant_id() AND status = 'retiring' AND retired_at <= ${retiredBy}
    RETURNING id`)
  return rows.map((row) => fromUuid('key', row.id))
}

interface KeyRow {
  id: string
  algorithm: KeyAlgorithm
  status: KeyStatus
  public_jwk: unknown
  created_at: Date
  activated_at: Date | null
  retired_at: Date | null
  removed_at: Date | null
}

export interface StoredKeyRow extends KeyRow {
  private_key_sealed: Buffer | null
}

function toSigningKey(row: KeyRow): SigningKey {
  return {
    id: fromUuid('key', row.id),
    algorithm: row.algorithm,
    status: row.status,
    publicJwk: publicJwkSchema.parse(row.public_jwk),
    createdAt: row.created_at,
    activatedAt: row.activated_at ?? undefined,
    retiredAt: row.retired_at ?? undefined,
    removedAt: row.removed_at ?? undefined,
  }
}

export function toStoredKey(row: StoredKeyRow): StoredKey {
  return { ...toSigningKey(row), privateKeySealed: row.private_key_sealed ?? undefined }
}

/** Any constant; keeps these locks apart from the other advisory locks of the database. */
const LOCK_CLASS = 0x6b657973
