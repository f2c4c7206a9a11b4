import { type Acr, fromUuid, type Secret, toUuid, type UserId } from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'
import type { FactorId } from '../factors/index.ts'
import type { SessionTransport } from '../sessions/index.ts'

/** A challenge of one purpose is never accepted for another. */
export type ChallengePurpose = 'verification' | 'enrollment' | 'password_change'

/** A sign-in that waits for its next step, and what was proven until then. */
export interface Challenge {
  readonly userId: UserId
  readonly purpose: ChallengePurpose
  readonly transport: SessionTransport
  readonly amr: readonly string[]
  /** Where what was proven is more than its number of factors says. */
  readonly acr?: Acr | undefined
  readonly provenAgainst: Buffer
}

export interface NewChallenge extends Challenge {
  readonly token: Secret<string>
  readonly attempts: number
  readonly createdAt: Date
  readonly expiresAt: Date
}

export function insertChallenge(challenge: NewChallenge): Statement {
  return sql`
    INSERT INTO sign_in_challenges
           (tenant_id, token_hash, user_id, purpose, transport, amr, acr,
            proven_against, attempts_left, created_at, expires_at)
    VALUES (current_tenant_id(), ${sha256(challenge.token.reveal())},
            ${toUuid(challenge.userId)}, ${challenge.purpose}, ${challenge.transport},
            ${challenge.amr}, ${challenge.acr ?? null}, ${challenge.provenAgainst},
            ${challenge.attempts},
            ${challenge.createdAt}, ${challenge.expiresAt})`
}

/** Names one challenge, as a caller presents it. */
export interface ChallengeKey {
  readonly hash: Buffer
  readonly purpose: ChallengePurpose
  readonly now: Date
}

interface OwnerRow {
  user_id: string
  email_key: string
}

/**
 * Takes one attempt off before anything is judged: of a burst of any size, on any number of nodes,
 * at most as many are judged as were left.
 * @returns undefined if it is unknown, expired, consumed, of another purpose, or has none left
 */
export function takeAttempt({ hash, purpose, now }: ChallengeKey): Statement<OwnerRow> {
  return sql<OwnerRow>`
    UPDATE sign_in_challenges c SET attempts_left = c.attempts_left - 1
      FROM users u
     WHERE c.tenant_id = current_tenant_id() AND c.token_hash = ${hash}
       AND c.purpose = ${purpose} AND c.attempts_left > 0 AND c.consumed_at IS NULL
       AND c.expires_at > ${now}
       AND u.tenant_id = current_tenant_id() AND u.id = c.user_id
    RETURNING c.user_id, u.email_key`
}

/** Whose challenge it is, while it can be used. Nothing is taken. */
export function findChallengeOwner({ hash, purpose, now }: ChallengeKey): Statement<OwnerRow> {
  return sql<OwnerRow>`
    SELECT c.user_id, u.email_key
      FROM sign_in_challenges c
      JOIN users u ON u.tenant_id = c.tenant_id AND u.id = c.user_id
     WHERE c.tenant_id = current_tenant_id() AND c.token_hash = ${hash}
       AND c.purpose = ${purpose} AND c.consumed_at IS NULL AND c.expires_at > ${now}`
}

interface ChallengeRow {
  user_id: string
  purpose: ChallengePurpose
  transport: SessionTransport
  amr: string[]
  acr: Acr | null
  proven_against: Buffer
  factor_id: string | null
}

/** Locks it until the end of the transaction. The user's row must have been locked before. */
export async function lockChallenge(
  tx: Tx,
  { hash, purpose, now }: ChallengeKey,
): Promise<(Challenge & { readonly factorId: FactorId | undefined }) | undefined> {
  const row = await tx.first(sql<ChallengeRow>`
    SELECT user_id, purpose, transport, amr, acr, proven_against, factor_id
      FROM sign_in_challenges
     WHERE tenant_id = current_tenant_id() AND token_hash = ${hash}
       AND purpose = ${purpose} AND consumed_at IS NULL AND expires_at > ${now}
       FOR UPDATE`)
  if (row === undefined) return undefined
  return {
    userId: fromUuid('usr', row.user_id),
    purpose: row.purpose,
    transport: row.transport,
    amr: row.amr,
    acr: row.acr ?? undefined,
    provenAgainst: row.proven_against,
    factorId: row.factor_id === null ? undefined : fromUuid('fct', row.factor_id),
  }
}

/** After `lockChallenge`, in the same transaction. */
export async function consumeChallenge(tx: Tx, { hash, now }: ChallengeKey): Promise<void> {
  await tx.run(sql`
    UPDATE sign_in_challenges SET consumed_at = ${now}
     WHERE tenant_id = current_tenant_id() AND token_hash = ${hash} AND consumed_at IS NULL`)
}

/** After `lockChallenge`, in the same transaction. */
export async function bindFactor(tx: Tx, { hash }: ChallengeKey, id: FactorId): Promise<void> {
  await tx.run(sql`
    UPDATE sign_in_challenges SET factor_id = ${toUuid(id)}
     WHERE tenant_id = current_tenant_id() AND token_hash = ${hash}`)
}

export function purgeChallenges(now: Date): Statement {
  return sql`
    DELETE FROM sign_in_challenges
     WHERE tenant_id = current_tenant_id() AND expires_at < ${now}`
}
