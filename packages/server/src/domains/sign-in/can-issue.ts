import { fromUuid, toUuid, type UserId } from '../../kernel/index.ts'
import { sql, type Tx } from '../../platform/db/index.ts'
import type { SignInMethod, SignedInUser } from './model.ts'

export interface IssueRequest {
  readonly subject: UserId
  /** `client_id`; first-party clients need no consent. */
  readonly client: string
  readonly method: SignInMethod
  /** The stored hash that the proof was checked against. */
  readonly provenAgainst: string
}

export type IssueDecision =
  | { readonly kind: 'issue'; readonly user: SignedInUser }
  | { readonly kind: 'step'; readonly step: 'email_verification_required' }
  | {
      readonly kind: 'refuse'
      readonly reason: 'user_gone' | 'user_suspended' | 'credential_changed'
    }

/**
 * The one gate in front of every session and token that a proof of identity leads to. Every login
 * path and every grant passes it, inside the transaction that issues. Attack: a check that was
 * added to one path is missing from its siblings.
 *
 * The tenant is proven active by `withTenant()` itself. The user's row is locked until the commit,
 * so a suspension or a password change either sees the new session and ends it, or is seen here.
 * Refresh has no new proof; it passes `live_sessions()`, which asks the same of user and tenant.
 */
export async function canIssue(tx: Tx, request: IssueRequest): Promise<IssueDecision> {
  const facts = await tx.first(sql<SubjectFacts>`
    SELECT u.id, u.email, u.email_verified_at, u.display_name, u.locale, u.status,
           p.password_hash,
           ARRAY(SELECT a.role_name FROM role_assignments a
                  WHERE a.tenant_id = u.tenant_id AND a.user_id = u.id ORDER BY 1) AS roles
      FROM users u
      LEFT JOIN passwords p ON p.tenant_id = u.tenant_id AND p.user_id = u.id
     WHERE u.tenant_id = current_tenant_id() AND u.id = ${toUuid(request.subject)}
       FOR SHARE OF u`)
  if (facts === undefined) return { kind: 'refuse', reason: 'user_gone' }
  if (facts.status !== 'active') return { kind: 'refuse', reason: 'user_suspended' }
  if (facts.password_hash !== request.provenAgainst) {
    return { kind: 'refuse', reason: 'credential_changed' }
  }
  if (facts.email_verified_at === null) {
    return { kind: 'step', step: 'email_verification_required' }
  }
  return { kind: 'issue', user: toSignedInUser(facts) }
}

interface SubjectFacts {
  id: string
  email: string
  email_verified_at: Date | null
  display_name: string | null
  locale: string | null
  status: string
  password_hash: string | null
  roles: string[]
}

function toSignedInUser(facts: SubjectFacts): SignedInUser {
  return {
    id: fromUuid('usr', facts.id),
    email: facts.email,
    emailVerified: facts.email_verified_at !== null,
    displayName: facts.display_name ?? undefined,
    locale: facts.locale ?? undefined,
    roles: facts.roles,
  }
}
