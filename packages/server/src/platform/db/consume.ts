import type { TenantId } from '../../kernel/index.ts'
import type { Database } from './database.ts'
import { sql } from './sql.ts'
import type { Tx } from './tx.ts'
import { purgeUsedValues } from './use-once.ts'

/** What a single-use value was issued for. A value of one purpose is never accepted for another. */
export type SingleUsePurpose = 'email_verification' | 'password_reset' | 'invitation' | 'unlock'

export interface SingleUseValue {
  readonly purpose: SingleUsePurpose
  /** SHA-256 of the value; the value itself is never stored. */
  readonly hash: Buffer
  /** Whom it was issued to, as UUID. */
  readonly subject: string
  /** What it was issued over (an address, for example); compared by the one who consumes it. */
  readonly payload: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

export interface Consumed {
  readonly subject: string
  readonly payload: string
}

/**
 * Redeems a single-use value: one conditional UPDATE, so that of any number of parallel callers,
 * on any number of nodes, at most one succeeds (invariant I2).
 * @returns undefined if it is unknown, expired, consumed, of another purpose or another tenant;
 * the caller must not tell these apart to the outside.
 */
export async function consume(
  tx: Tx,
  purpose: SingleUsePurpose,
  hash: Buffer,
  now: Date,
): Promise<Consumed | undefined> {
  return tx.first(sql<Consumed>`
    UPDATE single_use_values
       SET consumed_at = ${now}
     WHERE tenant_id = current_tenant_id() AND purpose = ${purpose} AND value_hash = ${hash}
       AND consumed_at IS NULL AND expires_at > ${now}
    RETURNING subject_id AS subject, payload`)
}

/** Stores a new single-use value and withdraws the earlier ones of the same purpose and subject. */
export async function issueSingleUse(tx: Tx, value: SingleUseValue): Promise<void> {
  await tx.run(sql`
    UPDATE single_use_values
       SET consumed_at = ${value.createdAt}
     WHERE tenant_id = current_tenant_id() AND purpose = ${value.purpose}
       AND subject_id = ${value.subject} AND consumed_at IS NULL`)
  await tx.run(sql`
    INSERT INTO single_use_values
           (tenant_id, purpose, value_hash, subject_id, payload, created_at, expires_at)
    VALUES (current_tenant_id(), ${value.purpose}, ${value.hash}, ${value.subject},
            ${value.payload}, ${value.createdAt}, ${value.expiresAt})`)
}

/** Withdraws every unused value of a subject, of the given purposes (a security event). */
export async function withdrawSingleUse(
  tx: Tx,
  purposes: readonly SingleUsePurpose[],
  subject: string,
  now: Date,
): Promise<void> {
  await tx.run(sql`
    UPDATE single_use_values
       SET consumed_at = ${now}
     WHERE tenant_id = current_tenant_id() AND purpose = ANY(${purposes})
       AND subject_id = ${subject} AND consumed_at IS NULL`)
}

/** Deletes values that expired a day ago; until then a repetition can still be recognised. */
export async function purgeSingleUse(
  database: Database,
  tenant: TenantId,
  now: Date,
): Promise<void> {
  await database.tenantBatch(tenant, [
    sql`
    DELETE FROM single_use_values
     WHERE tenant_id = current_tenant_id() AND expires_at < ${now}::timestamptz - interval '1 day'`,
    purgeUsedValues(now),
  ])
}
