import { toUuid, type UserId } from '../../kernel/index.ts'
import { sql, type Tx } from '../../platform/db/index.ts'

export interface BackupCodeSet {
  readonly userId: UserId
  readonly keySealed: Buffer
  readonly hashes: readonly Buffer[]
  readonly createdAt: Date
}

/** The old set is dead with it, in the same transaction. */
export async function replaceBackupCodes(tx: Tx, set: BackupCodeSet): Promise<void> {
  await deleteBackupCodes(tx, set.userId)
  await tx.run(sql`
    INSERT INTO backup_code_sets (tenant_id, user_id, key_sealed, created_at)
    VALUES (current_tenant_id(), ${toUuid(set.userId)}, ${set.keySealed}, ${set.createdAt})`)
  await tx.run(sql`
    INSERT INTO backup_codes (tenant_id, user_id, code_hash)
    SELECT current_tenant_id(), ${toUuid(set.userId)}, code_hash
      FROM unnest(${set.hashes}::bytea[]) AS new (code_hash)`)
}

/** The codes go with their set. */
export async function deleteBackupCodes(tx: Tx, userId: UserId): Promise<void> {
  await tx.run(sql`
    DELETE FROM backup_code_sets
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}`)
}

export async function findBackupKey(tx: Tx, userId: UserId): Promise<Buffer | undefined> {
  const row = await tx.first(sql<{ key_sealed: Buffer }>`
    SELECT key_sealed FROM backup_code_sets
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}`)
  return row?.key_sealed
}

/** INVARIANT I2: of parallel requests with one code at most one gets true. */
export async function claimBackupCode(
  tx: Tx,
  userId: UserId,
  hash: Buffer,
  now: Date,
): Promise<boolean> {
  const row = await tx.first(sql<{ user_id: string }>`
    UPDATE backup_codes SET used_at = ${now}
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}
       AND code_hash = ${hash} AND used_at IS NULL
    RETURNING user_id`)
  return row !== undefined
}
