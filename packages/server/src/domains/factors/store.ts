import { fromUuid, toUuid, type UserId } from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'
import type { Factor, FactorId, FactorKind, FactorState, StoredKind } from './model.ts'

/** Whom a factor belongs to, as far as this domain needs to know. */
export interface FactorOwner {
  readonly id: UserId
  readonly email: string
  readonly emailKey: string
  readonly locale: string | undefined
}

interface OwnerRow {
  id: string
  email: string
  email_key: string
  locale: string | null
}

/** Locked until the end, as sign-in locks it: what is decided about the factors stays true. */
export async function lockOwner(tx: Tx, userId: UserId): Promise<FactorOwner | undefined> {
  const row = await tx.first(sql<OwnerRow>`
    SELECT id, email, email_key, locale FROM users
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(userId)} FOR UPDATE`)
  return row === undefined ? undefined : toOwner(row)
}

export async function findOwner(tx: Tx, userId: UserId): Promise<FactorOwner | undefined> {
  const row = await tx.first(sql<OwnerRow>`
    SELECT id, email, email_key, locale FROM users
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(userId)}`)
  return row === undefined ? undefined : toOwner(row)
}

export async function readFactorState(tx: Tx, userId: UserId): Promise<FactorState> {
  const row = await tx.first(sql<{ kinds: FactorKind[]; backup_codes: number }>`
    SELECT ARRAY(SELECT kind FROM (
                   SELECT f.kind, coalesce(f.last_used_at, f.created_at) AS used_at
                     FROM authentication_factors f
                    WHERE f.tenant_id = current_tenant_id() AND f.user_id = ${toUuid(userId)}
                      AND f.confirmed_at IS NOT NULL
                    UNION ALL
                   SELECT CASE WHEN w.clone_suspected_at IS NULL THEN 'webauthn'
                               ELSE 'blocked_webauthn' END,
                          coalesce(w.last_used_at, w.created_at)
                     FROM webauthn_credentials w
                    WHERE w.tenant_id = current_tenant_id() AND w.user_id = ${toUuid(userId)}
                 ) AS factor
                  ORDER BY used_at DESC, kind DESC) AS kinds,
           (SELECT count(*)::integer FROM backup_codes b
             WHERE b.tenant_id = current_tenant_id() AND b.user_id = ${toUuid(userId)}
               AND b.used_at IS NULL) AS backup_codes`)
  return { kinds: row?.kinds ?? [], backupCodesLeft: row?.backup_codes ?? 0 }
}

interface FactorRow {
  id: string
  kind: StoredKind
  secret_sealed: Buffer
  created_at: Date
  last_used_at: Date | null
}

/** Confirmed ones, oldest first. */
export async function listConfirmed(
  tx: Tx,
  userId: UserId,
): Promise<(Factor & { readonly sealed: Buffer })[]> {
  const rows = await tx.run(sql<FactorRow>`
    SELECT id, kind, secret_sealed, created_at, last_used_at FROM authentication_factors
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}
       AND confirmed_at IS NOT NULL
     ORDER BY id`)
  return rows.map((row) => ({
    id: fromUuid('fct', row.id),
    kind: row.kind,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
    sealed: row.secret_sealed,
  }))
}

/** An enrolment replaces those that were begun before and never confirmed. */
export async function deletePending(tx: Tx, userId: UserId): Promise<void> {
  await tx.run(sql`
    DELETE FROM authentication_factors
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}
       AND confirmed_at IS NULL`)
}

export interface NewFactor {
  readonly id: FactorId
  readonly kind: StoredKind
  readonly userId: UserId
  readonly secretSealed: Buffer
  readonly createdAt: Date
  readonly confirmedAt: Date | undefined
}

export async function insertFactor(tx: Tx, factor: NewFactor): Promise<void> {
  await tx.run(sql`
    INSERT INTO authentication_factors
           (tenant_id, id, user_id, kind, secret_sealed, created_at, confirmed_at)
    VALUES (current_tenant_id(), ${toUuid(factor.id)}, ${toUuid(factor.userId)}, ${factor.kind},
            ${factor.secretSealed}, ${factor.createdAt}, ${factor.confirmedAt ?? null})`)
}

interface SecretRow {
  id: string
  secret_sealed: Buffer
  last_used_step: string
}

export interface FactorSecret {
  readonly id: FactorId
  readonly sealed: Buffer
  readonly lastUsedStep: number
}

export async function listSecrets(
  tx: Tx,
  userId: UserId,
  kind: StoredKind,
): Promise<FactorSecret[]> {
  const rows = await tx.run(sql<SecretRow>`
    SELECT id, secret_sealed, last_used_step FROM authentication_factors
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)} AND kind = ${kind}
       AND confirmed_at IS NOT NULL
     ORDER BY id`)
  return rows.map(toSecret)
}

export interface PendingKey {
  readonly userId: UserId
  readonly id: FactorId
  readonly kind: StoredKind
  readonly createdAfter: Date
}

/** One that waits for its confirmation since `createdAfter` at most. */
export async function findPending(
  tx: Tx,
  { userId, id, kind, createdAfter }: PendingKey,
): Promise<FactorSecret | undefined> {
  const row = await tx.first(sql<SecretRow>`
    SELECT id, secret_sealed, last_used_step FROM authentication_factors
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND user_id = ${toUuid(userId)} AND kind = ${kind}
       AND confirmed_at IS NULL AND created_at > ${createdAfter}`)
  return row === undefined ? undefined : toSecret(row)
}

interface StepClaim {
  readonly id: FactorId
  readonly step: number
  readonly now: Date
}

/**
 * INVARIANT I2: of parallel requests with codes of one step or counter at most one gets true, on any node.
 * A removed factor gives false too.
 */
export async function claimStep(tx: Tx, { id, step, now }: StepClaim): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    UPDATE authentication_factors SET last_used_step = ${step}, last_used_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND confirmed_at IS NOT NULL AND last_used_step < ${step}
    RETURNING id`)
  return row !== undefined
}

/** The code that confirms is used up by it. */
export async function confirmWithStep(tx: Tx, { id, step, now }: StepClaim): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    UPDATE authentication_factors
       SET confirmed_at = ${now}, last_used_step = ${step}, last_used_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND confirmed_at IS NULL AND last_used_step < ${step}
    RETURNING id`)
  return row !== undefined
}

/** @returns false if the user has no such factor */
/** @returns what it was */
export async function deleteConfirmed(
  tx: Tx,
  userId: UserId,
  id: FactorId,
): Promise<string | undefined> {
  const row = await tx.first(sql<{ kind: string }>`
    DELETE FROM authentication_factors
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND user_id = ${toUuid(userId)} AND confirmed_at IS NOT NULL
    RETURNING kind`)
  return row?.kind
}

export function purgePending(createdBefore: Date): Statement {
  return sql`
    DELETE FROM authentication_factors
     WHERE tenant_id = current_tenant_id() AND confirmed_at IS NULL
       AND created_at <= ${createdBefore}`
}

function toOwner(row: OwnerRow): FactorOwner {
  return {
    id: fromUuid('usr', row.id),
    email: row.email,
    emailKey: row.email_key,
    locale: row.locale ?? undefined,
  }
}

function toSecret(row: SecretRow): FactorSecret {
  return {
    id: fromUuid('fct', row.id),
    sealed: row.secret_sealed,
    lastUsedStep: Number(row.last_used_step),
  }
}
