import { addDuration, type AssuranceRequirement, type RequestContext } from '../../kernel/index.ts'
import { findUnmetRule, mfaRulesFor } from '../factors/index.ts'
import { idleLimit, type LiveSession } from '../sessions/index.ts'

export interface JudgedSession {
  readonly roles: readonly string[]
  readonly acr: string
  readonly amr: readonly string[]
  readonly userCreatedAt: Date
}

/**
 * What a session owes by the rules of now: a tenant that begins to demand a second factor demands
 * it of those who are signed in, too. Computed of what was read anyway: it costs no round trip.
 */
export function findSessionDebt(
  { tenant, clock }: RequestContext,
  { roles, acr, amr, userCreatedAt }: JudgedSession,
): AssuranceRequirement | undefined {
  const rules = mfaRulesFor(tenant.policy, { roles, createdAt: userCreatedAt })
  return findUnmetRule(rules, { acr, amr }, clock.now())
}

/** Whether it was idle for longer than the tenant permits now; it may have permitted more before. */
export function isIdleByNow(
  { tenant, clock }: RequestContext,
  { transport, lastSeenAt }: Pick<LiveSession, 'transport' | 'lastSeenAt'>,
): boolean {
  return addDuration(lastSeenAt, idleLimit(transport, tenant.policy)) <= clock.now()
}
