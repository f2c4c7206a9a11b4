import { fromUuid, toUuid, type UserId } from '../../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../../platform/db/index.ts'
import type { FactorId } from '../model.ts'

export interface NewSmsCode {
  /** SHA-256 of the step that it counts in. */
  readonly boundTo: Buffer
  readonly userId: UserId
  readonly factorId: FactorId
  readonly codeHash: Buffer
  readonly keySealed: Buffer
  readonly attempts: number
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** Takes the place of an earlier code of the step; the attempts at that one stay counted. */
export async function putSmsCode(tx: Tx, code: NewSmsCode): Promise<void> {
  await tx.run(sql`
    INSERT INTO sms_codes AS c
           (tenant_id, bound_to, user_id, factor_id, code_hash, key_sealed, attempts_left,
            created_at, expires_at)
    VALUES (current_tenant_id(), ${code.boundTo}, ${toUuid(code.userId)}, ${toUuid(code.factorId)},
            ${code.codeHash}, ${code.keySealed}, ${code.attempts}, ${code.createdAt},
            ${code.expiresAt})
    ON CONFLICT (tenant_id, bound_to) DO UPDATE
       SET factor_id = EXCLUDED.factor_id, code_hash = EXCLUDED.code_hash,
           key_sealed = EXCLUDED.key_sealed, created_at = EXCLUDED.created_at,
           expires_at = EXCLUDED.expires_at
     WHERE c.consumed_at IS NULL AND c.user_id = EXCLUDED.user_id`)
}

export interface SmsCodeKey {
  readonly boundTo: Buffer
  readonly userId: UserId
  readonly now: Date
}

interface CodeRow {
  factor_id: string
  code_hash: Buffer
  key_sealed: Buffer
}

/**
 * Takes one attempt off before anything is compared, and locks the code until the end. A wrong
 * answer commits, so its attempt stays taken.
 * @returns undefined if there is no code for this step and user, or no attempt left
 */
export async function takeSmsAttempt(tx: Tx, { boundTo, userId, now }: SmsCodeKey) {
  const row = await tx.first(sql<CodeRow>`
    UPDATE sms_codes SET attempts_left = attempts_left - 1
     WHERE tenant_id = current_tenant_id() AND bound_to = ${boundTo}
       AND user_id = ${toUuid(userId)} AND attempts_left > 0 AND consumed_at IS NULL
       AND expires_at > ${now}
    RETURNING factor_id, code_hash, key_sealed`)
  if (row === undefined) return undefined
  return {
    factorId: fromUuid('fct', row.factor_id),
    codeHash: row.code_hash,
    keySealed: row.key_sealed,
  }
}

/** INVARIANT I2: of parallel answers with one code at most one gets true. */
export async function consumeSmsCode(tx: Tx, { boundTo, now }: SmsCodeKey): Promise<boolean> {
  const row = await tx.first(sql<{ user_id: string }>`
    UPDATE sms_codes SET consumed_at = ${now}
     WHERE tenant_id = current_tenant_id() AND bound_to = ${boundTo} AND consumed_at IS NULL
    RETURNING user_id`)
  return row !== undefined
}

interface PhoneRow {
  id: string
  secret_sealed: Buffer
  locale: string | null
}

/** The newest confirmed number: there is one, or none. */
export async function findPhone(tx: Tx, userId: UserId) {
  const row = await tx.first(sql<PhoneRow>`
    SELECT f.id, f.secret_sealed, u.locale
      FROM authentication_factors f
      JOIN users u ON u.tenant_id = f.tenant_id AND u.id = f.user_id
     WHERE f.tenant_id = current_tenant_id() AND f.user_id = ${toUuid(userId)} AND f.kind = 'sms'
       AND f.confirmed_at IS NOT NULL
     ORDER BY f.confirmed_at DESC, f.id DESC LIMIT 1`)
  if (row === undefined) return undefined
  const locale = row.locale ?? undefined
  return { id: fromUuid('fct', row.id), sealed: row.secret_sealed, locale }
}

/** @returns false if it is no confirmed number of the user (any more) */
export async function markPhoneUsed(
  tx: Tx,
  userId: UserId,
  id: FactorId,
  now: Date,
): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    UPDATE authentication_factors SET last_used_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND user_id = ${toUuid(userId)} AND kind = 'sms' AND confirmed_at IS NOT NULL
    RETURNING id`)
  return row !== undefined
}

/** @returns how many there were */
export async function deleteOtherPhones(tx: Tx, userId: UserId, kept: FactorId): Promise<number> {
  const rows = await tx.run(sql<{ id: string }>`
    DELETE FROM authentication_factors
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)} AND kind = 'sms'
       AND confirmed_at IS NOT NULL AND id <> ${toUuid(kept)}
    RETURNING id`)
  return rows.length
}

export function purgeSmsCodes(now: Date): Statement {
  return sql`
    DELETE FROM sms_codes
     WHERE tenant_id = current_tenant_id() AND expires_at < ${now}::timestamptz - interval '1 hour'`
}
