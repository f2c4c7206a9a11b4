import { fromUuid, toUuid, type UserId } from '../../kernel/index.ts'
import {
  isUniqueViolation,
  type SingleUsePurpose,
  type Statement,
  sql,
  type Tx,
} from '../../platform/db/index.ts'
import { identityErrors } from './errors.ts'
import type { ProfileChange, SignInAccount, User, UserStatus } from './model.ts'

export interface UserRow {
  id: string
  email: string
  email_key: string
  email_verified_at: Date | null
  display_name: string | null
  locale: string | null
  status: UserStatus
  created_at: Date
}

export function selectUser(id: UserId): Statement<UserRow> {
  return sql<UserRow>`
    SELECT id, email, email_key, email_verified_at, display_name, locale, status, created_at
      FROM users
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`
}

/** Locked until the transaction ends, so that what is decided about the user stays true. */
export async function lockUser(tx: Tx, id: UserId): Promise<User | undefined> {
  const row = await tx.first(sql<UserRow>`
    SELECT id, email, email_key, email_verified_at, display_name, locale, status, created_at
      FROM users
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       FOR UPDATE`)
  return row === undefined ? undefined : toUser(row)
}

export async function lockUserByEmail(tx: Tx, emailKey: string): Promise<User | undefined> {
  const row = await tx.first(sql<UserRow>`
    SELECT id, email, email_key, email_verified_at, display_name, locale, status, created_at
      FROM users
     WHERE tenant_id = current_tenant_id() AND email_key = ${emailKey}
       FOR UPDATE`)
  return row === undefined ? undefined : toUser(row)
}

/** @returns false if the address is taken, however close the race */
export async function insertUser(tx: Tx, user: User): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    INSERT INTO users (tenant_id, id, email, email_key, email_verified_at, display_name, locale,
                       status, created_at, updated_at)
    VALUES (current_tenant_id(), ${toUuid(user.id)}, ${user.email}, ${user.emailKey},
            ${user.emailVerifiedAt ?? null}, ${user.displayName ?? null}, ${user.locale ?? null},
            ${user.status}, ${user.createdAt}, ${user.createdAt})
    ON CONFLICT (tenant_id, email_key) DO NOTHING
    RETURNING id`)
  return row !== undefined
}

/** Only if `emailKey` is still the user's address: the proof is worth nothing for another one. */
export async function verifyEmailOf(tx: Tx, id: UserId, emailKey: string, now: Date) {
  const row = await tx.first(sql<UserRow>`
    UPDATE users
       SET email_verified_at = COALESCE(email_verified_at, ${now}::timestamptz),
           updated_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND email_key = ${emailKey}
       AND status = 'active'
    RETURNING id, email, email_key, email_verified_at, display_name, locale, status, created_at`)
  return row === undefined ? undefined : toUser(row)
}

/**
 * Gives an active user another address, which was proven now.
 * INVARIANT: the unique constraint decides; of two users who confirm one address at once the second
 * waits for the first.
 * @returns false if the user is not active any more
 * @throws token_invalid if the address is taken; the transaction can't go on after it
 */
export async function replaceEmail(
  tx: Tx,
  id: UserId,
  { email, emailKey, now }: { email: string; emailKey: string; now: Date },
): Promise<boolean> {
  const updating = tx.first(sql<{ id: string }>`
    UPDATE users
       SET email = ${email}, email_key = ${emailKey}, email_verified_at = ${now}, updated_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND status = 'active'
    RETURNING id`)
  const row = await updating.catch((error: unknown) => {
    if (!isUniqueViolation(error, 'users__email_key')) throw error
    throw identityErrors.token_invalid({ cause: error, internal: 'email_taken' })
  })
  return row !== undefined
}

/** @returns false if the address was proven before, or is another one by now */
export async function proveEmailOf(
  tx: Tx,
  id: UserId,
  emailKey: string,
  now: Date,
): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    UPDATE users SET email_verified_at = ${now}, updated_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND email_key = ${emailKey}
       AND status = 'active' AND email_verified_at IS NULL
    RETURNING id`)
  return row !== undefined
}

export async function updateStatus(tx: Tx, id: UserId, status: UserStatus, now: Date) {
  await tx.run(sql`
    UPDATE users SET status = ${status}, suspended_by = NULL, updated_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`)
}

export async function updateProfileRow(tx: Tx, id: UserId, change: ProfileChange, now: Date) {
  const row = await tx.first(sql<UserRow>`
    UPDATE users
       SET display_name = CASE WHEN ${change.displayName !== undefined}::boolean
                               THEN ${change.displayName ?? null}::text ELSE display_name END,
           locale = CASE WHEN ${change.locale !== undefined}::boolean
                         THEN ${change.locale ?? null}::text ELSE locale END,
           updated_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
    RETURNING id, email, email_key, email_verified_at, display_name, locale, status, created_at`)
  return row === undefined ? undefined : toUser(row)
}

/** Everything that belongs to the user goes with the row; the audit trail stays. */
export async function deleteUserRow(tx: Tx, id: UserId): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    DELETE FROM users
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
    RETURNING id`)
  return row !== undefined
}

export interface UserFilter {
  readonly after: UserId | undefined
  readonly emailKey: string | undefined
  readonly status: UserStatus | undefined
  readonly limit: number
}

/** Oldest first. */
export async function listUserRows(tx: Tx, filter: UserFilter): Promise<User[]> {
  const { emailKey = null, status = null } = filter
  const after = filter.after === undefined ? null : toUuid(filter.after)
  const rows = await tx.run(sql<UserRow>`
    SELECT id, email, email_key, email_verified_at, display_name, locale, status, created_at
      FROM users
     WHERE tenant_id = current_tenant_id()
       AND (${after}::uuid IS NULL OR id > ${after})
       AND (${emailKey}::text IS NULL OR email_key = ${emailKey})
       AND (${status}::text IS NULL OR status = ${status})
     ORDER BY id LIMIT ${filter.limit}`)
  return rows.map(toUser)
}

interface AccountRow {
  id: string
  email_key: string
  status: UserStatus
  is_verified: boolean
  password_hash: string | null
  changed_at: Date | null
}

export async function findAccountByEmail(tx: Tx, emailKey: string) {
  const row = await tx.first(sql<AccountRow>`
    SELECT u.id, u.email_key, u.status, u.email_verified_at IS NOT NULL AS is_verified,
           p.password_hash, p.changed_at
      FROM users u
      LEFT JOIN passwords p ON p.tenant_id = u.tenant_id AND p.user_id = u.id
     WHERE u.tenant_id = current_tenant_id() AND u.email_key = ${emailKey}`)
  return row === undefined ? undefined : toAccount(row)
}

/** Unconditional: for a new user, or with a consumed token. */
export async function setPassword(tx: Tx, id: UserId, hash: string, now: Date): Promise<void> {
  await tx.run(sql`
    INSERT INTO passwords (tenant_id, user_id, password_hash, changed_at)
    VALUES (current_tenant_id(), ${toUuid(id)}, ${hash}, ${now})
    ON CONFLICT (tenant_id, user_id)
    DO UPDATE SET password_hash = excluded.password_hash, changed_at = excluded.changed_at,
                  change_demanded_by = NULL`)
}

/** @returns false if the password is not the one that was verified any more */
export async function replacePassword(
  tx: Tx,
  id: UserId,
  { before, after, now }: { before: string; after: string; now: Date },
): Promise<boolean> {
  const row = await tx.first(sql<{ user_id: string }>`
    UPDATE passwords
       SET password_hash = ${after}, changed_at = ${now}, change_demanded_by = NULL
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(id)}
       AND password_hash = ${before}
    RETURNING user_id`)
  return row !== undefined
}

/** The same password in a newer form, so `changed_at` stays. */
export function replaceHash(id: UserId, before: string, after: string): Statement {
  return sql`
    UPDATE passwords SET password_hash = ${after}
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(id)}
       AND password_hash = ${before}`
}

export function selectPassword(id: UserId): Statement<{ password_hash: string }> {
  return sql<{ password_hash: string }>`
    SELECT password_hash
      FROM passwords
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(id)}`
}

/** Newest first. */
export function selectEarlierPasswords(
  id: UserId,
  limit: number,
): Statement<{ password_hash: string }> {
  return sql<{ password_hash: string }>`
    SELECT password_hash
      FROM password_history
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(id)}
     ORDER BY created_at DESC, id DESC LIMIT ${limit}`
}

export async function insertEarlierPassword(
  tx: Tx,
  userId: UserId,
  { id, hash, now }: { id: string; hash: string; now: Date },
): Promise<void> {
  await tx.run(sql`
    INSERT INTO password_history (tenant_id, user_id, id, password_hash, created_at)
    VALUES (current_tenant_id(), ${toUuid(userId)}, ${id}, ${hash}, ${now})`)
}

/** Keeps the newest ones. */
export async function forgetPasswords(tx: Tx, userId: UserId, keep: number): Promise<void> {
  await tx.run(sql`
    DELETE FROM password_history
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}
       AND id NOT IN (SELECT id FROM password_history
                       WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}
                       ORDER BY created_at DESC, id DESC LIMIT ${keep})`)
}

interface TokenHolder {
  id: string
  email: string
  display_name: string | null
}

/** Whom a token that looks usable belongs to. Only `consume()` decides whether it is. */
export function selectTokenHolder(
  purpose: SingleUsePurpose,
  hash: Buffer,
  now: Date,
): Statement<TokenHolder> {
  return sql<TokenHolder>`
    SELECT u.id, u.email, u.display_name
      FROM single_use_values v
      JOIN users u ON u.tenant_id = v.tenant_id AND u.id = v.subject_id
     WHERE v.tenant_id = current_tenant_id() AND v.purpose = ${purpose} AND v.value_hash = ${hash}
       AND v.consumed_at IS NULL AND v.expires_at > ${now}`
}

export async function isEmailTaken(tx: Tx, emailKey: string): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    SELECT id FROM users WHERE tenant_id = current_tenant_id() AND email_key = ${emailKey}`)
  return row !== undefined
}

/** How many values of a kind a user was sent since `since`, and when the last one. */
export async function countSent(tx: Tx, purpose: SingleUsePurpose, userUuid: string, since: Date) {
  const row = await tx.first(sql<{ sent: number; last_at: Date | null }>`
    SELECT count(*)::integer AS sent, max(created_at) AS last_at
      FROM single_use_values
     WHERE tenant_id = current_tenant_id() AND subject_id = ${userUuid} AND purpose = ${purpose}
       AND created_at > ${since}`)
  return { sent: row?.sent ?? 0, lastAt: row?.last_at ?? undefined }
}

/** Costs a round trip and an index look-up like the write it stands for; changes nothing. */
export async function standInForWrite(tx: Tx, userUuid: string, now: Date): Promise<void> {
  await tx.run(sql`
    UPDATE single_use_values SET consumed_at = ${now}
     WHERE tenant_id = current_tenant_id() AND subject_id = ${userUuid}
       AND purpose = 'none' AND consumed_at IS NULL`)
}

export function toUser(row: UserRow): User {
  return {
    id: fromUuid('usr', row.id),
    email: row.email,
    emailKey: row.email_key,
    emailVerifiedAt: row.email_verified_at ?? undefined,
    displayName: row.display_name ?? undefined,
    locale: row.locale ?? undefined,
    status: row.status,
    createdAt: row.created_at,
  }
}

function toAccount(row: AccountRow): SignInAccount {
  return {
    userId: fromUuid('usr', row.id),
    emailKey: row.email_key,
    status: row.status,
    emailVerified: row.is_verified,
    passwordHash: row.password_hash ?? undefined,
    passwordChangedAt: row.changed_at ?? undefined,
  }
}
