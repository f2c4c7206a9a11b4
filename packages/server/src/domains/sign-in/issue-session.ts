import {
  ACR,
  addDuration,
  type Duration,
  type RequestContext,
  Secret,
  toSeconds,
} from '../../kernel/index.ts'
import { randomToken } from '../../platform/crypto/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { record } from '../audit/index.ts'
import type { FactorMethod, Factors } from '../factors/index.ts'
import type { Keys } from '../keys/index.ts'
import { type Session, startSession } from '../sessions/index.ts'
import { issueAccessToken, startFamily } from '../tokens/index.ts'
import type { AttemptBudget } from './attempt-budget.ts'
import { canIssue } from './can-issue.ts'
import { type ChallengePurpose, insertChallenge } from './challenge-store.ts'
import type {
  IssuedChallenge,
  IssuedCredentials,
  SignedInUser,
  SignInOutcome,
  SignInProof,
} from './model.ts'
import {
  CHALLENGE_ATTEMPTS,
  CHALLENGE_LIFETIME,
  ENROLLMENT_CHALLENGE_LIFETIME,
  FIRST_PARTY_CLIENT_ID,
  FIRST_PARTY_SCOPE,
  PASSWORD_CHANGE_ATTEMPTS,
  PASSWORD_CHANGE_LIFETIME,
} from './policy.ts'

export interface IssuingServices {
  readonly attempts: AttemptBudget
  readonly factors: Factors
}

interface IssuedSession {
  readonly kind: 'issued'
  readonly user: SignedInUser
  readonly session: Session
  readonly secret: Secret<string>
}

export type IssueOutcome =
  | IssuedSession
  | { readonly kind: 'step'; readonly outcome: Exclude<SignInOutcome, { kind: 'complete' }> }
  | { readonly kind: 'refuse'; readonly reason: string }

/**
 * Passes the gate with what was proven, and starts the session or the next step, in the
 * transaction of the proof.
 */
export async function issueSession(
  services: IssuingServices,
  tx: Tx,
  context: RequestContext,
  proof: SignInProof,
): Promise<IssueOutcome> {
  const decision = await canIssue(services, tx, context, {
    subject: proof.userId,
    client: FIRST_PARTY_CLIENT_ID,
    method: proof.method,
    provenAgainst: proof.provenAgainst,
    isFactorProven: proof.isFactorProven,
  })
  if (decision.kind === 'refuse') return decision
  if (decision.kind === 'issue')
    return start(services, tx, context, { ...proof, user: decision.user })
  if (decision.step === 'email_verification_required') {
    return { kind: 'step', outcome: { kind: decision.step } }
  }
  const { provenAgainst } = proof
  // What proved more than a password needs no further step; there is none to fall back to.
  if (provenAgainst === undefined) return { kind: 'refuse', reason: 'factor_missing' }
  const begun = { ...proof, provenAgainst }
  switch (decision.step) {
    case 'mfa_required': {
      const issued = await challenge(tx, context, begun, 'verification')
      return {
        kind: 'step',
        outcome: { kind: decision.step, ...issued, methods: decision.methods },
      }
    }
    case 'mfa_enrollment_required': {
      const issued = await challenge(tx, context, begun, 'enrollment')
      return { kind: 'step', outcome: { kind: decision.step, ...issued, methods: ENROLLABLE } }
    }
    case 'password_change_required': {
      const issued = await challenge(tx, context, begun, 'password_change')
      const { step: kind, reason } = decision
      return { kind: 'step', outcome: { kind, reason, ...issued } }
    }
  }
}

async function start(
  services: IssuingServices,
  tx: Tx,
  context: RequestContext,
  proof: SignInProof & { readonly user: SignedInUser },
): Promise<IssuedSession> {
  const { userId, transport, user } = proof
  await tx.run(services.attempts.clear(context, proof.account))
  const started = startSession(context, {
    userId,
    transport,
    authTime: context.clock.now(),
    acr: proof.acr ?? (proof.isFactorProven ? ACR.mfa : ACR.password),
    amr: proof.amr,
  })
  await tx.run(started.statement)
  const family = started.cookie === undefined ? startFamily(context, started.session) : undefined
  if (family !== undefined) await tx.run(family.statement)
  await record(tx, context, {
    action: 'session.started',
    outcome: 'success',
    actor: { userId },
    sessionId: started.session.id,
    target: { kind: 'session', id: started.session.id },
    details: { method: proof.method, transport, amr: proof.amr },
  })
  const secret = started.cookie ?? family?.refreshToken
  if (secret === undefined) throw new Error('a session has a cookie or a refresh token')
  return { kind: 'issued', user, session: started.session, secret }
}

/** 256 random bits, of which only the SHA-256 is stored. */
async function challenge(
  tx: Tx,
  context: RequestContext,
  proof: SignInProof & { readonly provenAgainst: Buffer },
  purpose: ChallengePurpose,
): Promise<Omit<IssuedChallenge, 'methods'>> {
  const token = new Secret(randomToken())
  const createdAt = context.clock.now()
  const { userId, transport, amr, acr, provenAgainst } = proof
  const { lifetime, attempts } = CHALLENGES[purpose]
  await tx.run(
    insertChallenge({
      token,
      userId,
      purpose,
      transport,
      amr,
      acr,
      provenAgainst,
      attempts,
      createdAt,
      expiresAt: addDuration(createdAt, lifetime),
    }),
  )
  await record(tx, context, {
    action: 'sign_in.challenged',
    outcome: 'success',
    actor: { userId },
    target: { kind: 'user', id: userId },
    details: { method: proof.method, purpose },
  })
  return { challenge: token, expiresIn: toSeconds(lifetime) }
}

/** After the commit. */
export async function toOutcome(
  services: { readonly keys: Keys },
  context: RequestContext,
  issued: Exclude<IssueOutcome, { kind: 'refuse' }>,
): Promise<SignInOutcome> {
  return issued.kind === 'step' ? issued.outcome : toComplete(services, context, issued)
}

/** After the commit: nothing that a client could use exists before the session does. */
export async function toComplete(
  { keys }: { readonly keys: Keys },
  context: RequestContext,
  { session, secret, user }: IssuedSession,
): Promise<Extract<SignInOutcome, { kind: 'complete' }>> {
  const credentials = await toCredentials(keys, context, { session, secret, user })
  return { kind: 'complete', user, credentials }
}

async function toCredentials(
  keys: Keys,
  context: RequestContext,
  { session, secret, user }: Omit<IssuedSession, 'kind'>,
): Promise<IssuedCredentials> {
  if (session.transport === 'cookie') return { transport: 'cookie', cookie: secret }
  const { token, expiresIn } = await issueAccessToken({ keys }, context, {
    userId: user.id,
    sessionId: session.id,
    clientId: FIRST_PARTY_CLIENT_ID,
    scope: FIRST_PARTY_SCOPE,
    roles: user.roles,
    acr: session.acr,
    amr: session.amr,
    authTime: session.authTime,
    notAfter: session.absoluteExpiresAt,
  })
  return { transport: 'bearer', accessToken: token, expiresIn, refreshToken: secret }
}

const CHALLENGES: Readonly<
  Record<ChallengePurpose, { readonly lifetime: Duration; readonly attempts: number }>
> = {
  verification: { lifetime: CHALLENGE_LIFETIME, attempts: CHALLENGE_ATTEMPTS },
  enrollment: { lifetime: ENROLLMENT_CHALLENGE_LIFETIME, attempts: CHALLENGE_ATTEMPTS },
  password_change: { lifetime: PASSWORD_CHANGE_LIFETIME, attempts: PASSWORD_CHANGE_ATTEMPTS },
}

/** What can be enrolled at sign-in. */
const ENROLLABLE: readonly FactorMethod[] = ['totp']
