import { fromUuid, type RequestContext, toUuid, type UserId } from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import { sql, type Tx } from '../../platform/db/index.ts'
import { isDeviceTrusted } from '../devices/index.ts'
import {
  type ClientMfaRules,
  type FactorMethod,
  type Factors,
  type FactorState,
  findMissingFactor,
  type MfaRules,
  mfaRulesFor,
  TRUSTED_DEVICE_AMR,
} from '../factors/index.ts'
import { findPasswordChangeDemand, type PasswordFacts } from './find-password-change-demand.ts'
import type { PasswordChangeReason, SignInMethod, SignedInUser } from './model.ts'

/** Whom something is issued to, and what that client asks beside its tenant. */
export interface IssueClient extends ClientMfaRules {
  /** `client_id`; first-party clients need no consent. */
  readonly id: string
}

export interface IssueRequest {
  readonly subject: UserId
  readonly client: IssueClient
  readonly method: SignInMethod
  /**
   * Of the stored hash that the proof was checked against; see `fingerprintOf`. undefined: no
   * password was, and what was proven was proven in this very transaction.
   */
  readonly provenAgainst: Buffer | undefined
  /** A second factor was used up in this very transaction. */
  readonly isFactorProven: boolean
  /** What was proven in all steps until now. @see RFC 8176, RFC 9470 */
  readonly amr: readonly string[]
  readonly acr: string
  /** Of that subject, in that transaction, by whoever began to read them with something else. */
  readonly facts?: Promise<GateFacts>
}

/** What the gate reads of a subject; the row of the user stays locked until the commit. */
export interface GateFacts {
  readonly subject: SubjectFacts | undefined
  readonly factors: FactorState
}

export type IssueDecision =
  | {
      readonly kind: 'issue'
      readonly user: SignedInUser
      /** The second factor was proven on this device earlier, and not now. */
      readonly isFactorSkipped: boolean
    }
  | { readonly kind: 'step'; readonly step: 'email_verification_required' }
  | {
      readonly kind: 'step'
      readonly step: 'password_change_required'
      readonly reason: PasswordChangeReason
    }
  | FactorStep
  | {
      readonly kind: 'refuse'
      readonly reason: 'user_gone' | 'user_suspended' | 'credential_changed'
    }

interface FactorStep {
  readonly kind: 'step'
  readonly step: 'mfa_required' | 'mfa_enrollment_required'
  readonly methods: readonly FactorMethod[]
}

/**
 * The one gate in front of every session and token that a proof of identity leads to. Every login
 * path and every grant passes it, inside the transaction that issues. Attack: a check that was
 * added to one path is missing from its siblings.
 *
 * The tenant is proven active by `withTenant()` itself. The user's row is locked until the commit,
 * so a suspension, a password change or a change of factors either sees the new session and ends
 * it, or is seen here. A sign-in of several steps passes it in each of them, with what was proven
 * until then. Refresh has no new proof; it passes `live_sessions()`, which asks the same of user
 * and tenant.
 */
export async function canIssue(
  { factors }: { readonly factors: Pick<Factors, 'within'> },
  tx: Tx,
  context: RequestContext,
  request: IssueRequest,
): Promise<IssueDecision> {
  const { tenant, clock } = context
  const { subject: facts, factors: state } = await (request.facts ??
    readGateFacts({ factors }, tx, request.subject))
  if (facts === undefined) return { kind: 'refuse', reason: 'user_gone' }
  if (facts.status !== 'active') return { kind: 'refuse', reason: 'user_suspended' }
  const { provenAgainst } = request
  if (provenAgainst !== undefined && !fingerprintOf(facts.password_hash).equals(provenAgainst)) {
    return { kind: 'refuse', reason: 'credential_changed' }
  }
  if (facts.email_verified_at === null) {
    return { kind: 'step', step: 'email_verification_required' }
  }
  const rules = mfaRulesFor(
    tenant.policy,
    { roles: facts.roles, createdAt: facts.created_at },
    request.client,
  )
  const factorStep = findFactorStep(rules, state, request, clock.now())
  const isFactorSkipped =
    factorStep?.step === 'mfa_required' &&
    isTrustEnough(rules) &&
    (await isTrustProven(tx, context, request))
  if (factorStep !== undefined && !isFactorSkipped) return factorStep
  // Last: whoever knows only the password replaces nothing.
  const reason = findPasswordChangeDemand(tenant.policy, facts, { ...request, now: clock.now() })
  if (reason !== undefined) return { kind: 'step', step: 'password_change_required', reason }
  return { kind: 'issue', user: toSignedInUser(facts), isFactorSkipped }
}

/** Begins to read for `canIssue`, in the round trip of whatever is asked in the same turn. */
export async function readGateFacts(
  { factors }: { readonly factors: Pick<Factors, 'within'> },
  tx: Tx,
  userId: UserId,
): Promise<GateFacts> {
  // In this order: what the lock waited for is in what is read behind it.
  const [subject, state] = await Promise.all([
    readSubject(tx, userId),
    factors.within.readState(tx, userId),
  ])
  return { subject, factors: state }
}

function findFactorStep(
  rules: MfaRules,
  state: FactorState,
  request: IssueRequest,
  now: Date,
): FactorStep | undefined {
  const missing = findMissingFactor(rules, state, request, now)
  if (missing === undefined) return undefined
  const step = missing.kind === 'verification' ? 'mfa_required' : 'mfa_enrollment_required'
  return { kind: 'step', step, methods: missing.methods }
}

/** Trust is no proof that resists phishing, and none of a level that a client demands. */
function isTrustEnough({ mfa, requiredAcr }: MfaRules): boolean {
  return mfa !== 'phishing_resistant' && requiredAcr === undefined
}

/**
 * Trust stands for a second factor behind a password: a passkey that did not verify its user has no
 * further step. What a session leads to goes by how that session began.
 */
async function isTrustProven(
  tx: Tx,
  context: RequestContext,
  { method, amr, subject }: IssueRequest,
): Promise<boolean> {
  if (method === 'session') return amr.includes(TRUSTED_DEVICE_AMR)
  return method === 'password' && (await isDeviceTrusted(tx, context, subject))
}

/**
 * Stands for the stored password hash that a proof was checked against, so that a challenge need
 * not keep a copy of it. Empty for a user without a password, who may have signed in otherwise.
 */
export function fingerprintOf(passwordHash: string | null | undefined): Buffer {
  return passwordHash === null || passwordHash === undefined
    ? Buffer.alloc(0)
    : sha256(passwordHash)
}

interface SubjectFacts extends PasswordFacts {
  id: string
  email: string
  email_verified_at: Date | null
  display_name: string | null
  locale: string | null
  status: string
  created_at: Date
  password_hash: string | null
  roles: string[]
}

function readSubject(tx: Tx, id: UserId): Promise<SubjectFacts | undefined> {
  return tx.first(sql<SubjectFacts>`
    SELECT u.id, u.email, u.email_verified_at, u.display_name, u.locale, u.status, u.created_at,
           p.password_hash, p.changed_at, p.change_demanded_by,
           ARRAY(SELECT a.role_name FROM role_assignments a
                  WHERE a.tenant_id = u.tenant_id AND a.user_id = u.id ORDER BY 1) AS roles
      FROM users u
      LEFT JOIN passwords p ON p.tenant_id = u.tenant_id AND p.user_id = u.id
     WHERE u.tenant_id = current_tenant_id() AND u.id = ${toUuid(id)}
       FOR SHARE OF u`)
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
