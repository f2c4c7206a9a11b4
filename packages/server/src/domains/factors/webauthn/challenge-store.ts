import { toUuid } from '../../../kernel/index.ts'
import { type Statement, sql } from '../../../platform/db/index.ts'
import type { ChallengeScope, WebAuthnChallengeId } from './model.ts'

export interface NewWebAuthnChallenge {
  readonly id: WebAuthnChallengeId
  readonly scope: ChallengeScope
  readonly hash: Buffer
  readonly createdAt: Date
  readonly expiresAt: Date
}

export function insertWebAuthnChallenge(challenge: NewWebAuthnChallenge): Statement {
  const { userId, boundTo } = columnsOf(challenge.scope)
  return sql`
    INSERT INTO webauthn_challenges
           (tenant_id, id, purpose, challenge_hash, user_id, bound_to, created_at, expires_at)
    VALUES (current_tenant_id(), ${toUuid(challenge.id)}, ${challenge.scope.purpose},
            ${challenge.hash}, ${userId}, ${boundTo}, ${challenge.createdAt},
            ${challenge.expiresAt})`
}

export interface WebAuthnChallengeKey {
  readonly scope: ChallengeScope
  readonly hash: Buffer
  readonly now: Date
}

/**
 * INVARIANT I2: one conditional UPDATE, so that of any number of answers to one challenge at most
 * one is looked at, on any node. Who it was made for is part of the condition.
 * @returns no row if it is unknown, expired, used, or was made for anything else
 */
export function consumeWebAuthnChallenge({
  scope,
  hash,
  now,
}: WebAuthnChallengeKey): Statement<{ id: string }> {
  const { userId, boundTo } = columnsOf(scope)
  const id = scope.purpose === 'sign_in' ? toUuid(scope.id) : null
  return sql<{ id: string }>`
    UPDATE webauthn_challenges SET consumed_at = ${now}
     WHERE tenant_id = current_tenant_id() AND challenge_hash = ${hash}
       AND purpose = ${scope.purpose} AND (${id}::uuid IS NULL OR id = ${id}::uuid)
       AND user_id IS NOT DISTINCT FROM ${userId}::uuid
       AND bound_to IS NOT DISTINCT FROM ${boundTo}::bytea
       AND consumed_at IS NULL AND expires_at > ${now}
    RETURNING id`
}

export function purgeWebAuthnChallenges(now: Date): Statement {
  return sql`
    DELETE FROM webauthn_challenges
     WHERE tenant_id = current_tenant_id() AND expires_at < ${now}`
}

function columnsOf(scope: ChallengeScope): {
  readonly userId: string | null
  readonly boundTo: Buffer | null
} {
  if (scope.purpose === 'sign_in') return { userId: null, boundTo: null }
  return { userId: toUuid(scope.userId), boundTo: scope.boundTo }
}
