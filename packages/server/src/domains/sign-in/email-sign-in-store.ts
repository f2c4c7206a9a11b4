import { fromUuid, toUuid, type UserId } from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'

export type EmailSignInKind = 'link' | 'code'

export interface NewEmailSignIn {
  readonly challengeHash: Buffer
  /** undefined: nobody has the address. */
  readonly userId: UserId | undefined
  readonly emailKey: string
  readonly kind: EmailSignInKind
  readonly secretHash: Buffer
  readonly isSent: boolean
  readonly provenAgainst: Buffer
  readonly attempts: number
  readonly createdAt: Date
  readonly expiresAt: Date
}

export function insertEmailSignIn(row: NewEmailSignIn): Statement {
  return sql`
    INSERT INTO email_sign_ins
           (tenant_id, challenge_hash, user_id, email_key, kind, secret_hash, is_sent,
            proven_against, attempts_left, created_at, expires_at)
    VALUES (current_tenant_id(), ${row.challengeHash},
            ${row.userId === undefined ? null : toUuid(row.userId)}, ${row.emailKey}, ${row.kind},
            ${row.secretHash}, ${row.isSent}, ${row.provenAgainst}, ${row.attempts},
            ${row.createdAt}, ${row.expiresAt})`
}

export interface SentMessages {
  readonly lastAt: Date | undefined
  readonly inHour: number
  readonly inDay: number
}

/** What was sent to the user in the last day. The user's row must have been locked before. */
export async function countSentMessages(
  tx: Tx,
  userId: UserId,
  { hourAgo, dayAgo }: { readonly hourAgo: Date; readonly dayAgo: Date },
): Promise<SentMessages> {
  const row = await tx.first(sql<{ last_at: Date | null; in_hour: number; in_day: number }>`
    SELECT max(created_at) AS last_at,
           (count(*) FILTER (WHERE created_at > ${hourAgo}))::integer AS in_hour,
           count(*)::integer AS in_day
      FROM email_sign_ins
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}
       AND is_sent AND created_at > ${dayAgo}`)
  return { lastAt: row?.last_at ?? undefined, inHour: row?.in_hour ?? 0, inDay: row?.in_day ?? 0 }
}

/** Costs what a write costs, and changes nothing. */
export async function standInForSending(tx: Tx, challengeHash: Buffer): Promise<void> {
  await tx.run(sql`
    UPDATE email_sign_ins SET is_sent = false
     WHERE tenant_id = current_tenant_id() AND challenge_hash = ${challengeHash} AND is_sent`)
}

interface TakenRow {
  challenge_hash: Buffer
  user_id: string | null
  email_key: string
}

/** Names the sign-in of one client, as it presents it. */
export interface EmailSignInKey {
  readonly challengeHash: Buffer
  readonly kind: EmailSignInKind
  readonly now: Date
}

/**
 * Takes one attempt off before anything is judged: of a burst of any size, on any number of nodes,
 * at most as many are judged as were left.
 * @returns no row if it is unknown, expired, used, of another kind, or has none left
 */
export function takeEmailAttempt({ challengeHash, kind, now }: EmailSignInKey) {
  return sql<TakenRow>`
    UPDATE email_sign_ins SET attempts_left = attempts_left - 1
     WHERE tenant_id = current_tenant_id() AND challenge_hash = ${challengeHash}
       AND kind = ${kind} AND attempts_left > 0 AND consumed_at IS NULL AND expires_at > ${now}
    RETURNING challenge_hash, user_id, email_key`
}

/** The same by the token of a link alone, for a browser that did not ask. */
export function takeLinkAttempt({ secretHash, now }: { secretHash: Buffer; now: Date }) {
  return sql<TakenRow>`
    UPDATE email_sign_ins SET attempts_left = attempts_left - 1
     WHERE tenant_id = current_tenant_id() AND secret_hash = ${secretHash}
       AND kind = 'link' AND attempts_left > 0 AND consumed_at IS NULL AND expires_at > ${now}
    RETURNING challenge_hash, user_id, email_key`
}

interface LockedRow {
  user_id: string | null
  secret_hash: Buffer
  proven_against: Buffer
}

/** Locks it until the end of the transaction. The user's row must have been locked before. */
export async function lockEmailSignIn(tx: Tx, { challengeHash, kind, now }: EmailSignInKey) {
  const row = await tx.first(sql<LockedRow>`
    SELECT user_id, secret_hash, proven_against FROM email_sign_ins
     WHERE tenant_id = current_tenant_id() AND challenge_hash = ${challengeHash}
       AND kind = ${kind} AND consumed_at IS NULL AND expires_at > ${now}
       FOR UPDATE`)
  if (row === undefined) return undefined
  return {
    userId: row.user_id === null ? undefined : fromUuid('usr', row.user_id),
    secretHash: row.secret_hash,
    provenAgainst: row.proven_against,
  }
}

/** INVARIANT I2: of parallel answers to one message at most one gets true. */
export async function consumeEmailSignIn(
  tx: Tx,
  { challengeHash, now }: EmailSignInKey,
): Promise<boolean> {
  const row = await tx.first(sql<{ kind: string }>`
    UPDATE email_sign_ins SET consumed_at = ${now}
     WHERE tenant_id = current_tenant_id() AND challenge_hash = ${challengeHash}
       AND consumed_at IS NULL AND expires_at > ${now}
    RETURNING kind`)
  return row !== undefined
}

/** What was sent counts for a day; what was not is forgotten when it expires. */
export function purgeEmailSignIns(now: Date): Statement {
  return sql`
    DELETE FROM email_sign_ins
     WHERE tenant_id = current_tenant_id() AND expires_at < ${now}
       AND (NOT is_sent OR created_at < ${now}::timestamptz - interval '1 day')`
}
