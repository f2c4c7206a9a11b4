import {
  ACR,
  type Acr,
  addDuration,
  type Duration,
  type RequestContext,
  Secret,
  toSeconds,
} from '../../kernel/index.ts'
import { randomToken } from '../../platform/crypto/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { record } from '../audit/index.ts'
import type { Devices } from '../devices/index.ts'
import { type Factors, TRUSTED_DEVICE_AMR } from '../factors/index.ts'
import type { Keys } from '../keys/index.ts'
import { endReplacedSession, type Session, startSession } from '../sessions/index.ts'
import { issueAccessToken, startFamily } from '../tokens/index.ts'
import type { JudgedSignIn, ReadHabits, RiskSignal, SignInHabits } from '../risk/index.ts'
import { checkRiskOfTokens, type RiskServices } from './assess-risk.ts'
import type { AttemptBudget } from './attempt-budget.ts'
import type { SessionReplacementPort } from './ports.ts'
import { canIssue } from './can-issue.ts'
import { describeClient } from './describe-client.ts'
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
  readonly devices: Devices
  readonly habits: SignInHabits
  readonly replacements: SessionReplacementPort
}

interface IssuedSession {
  readonly kind: 'issued'
  readonly user: SignedInUser
  readonly session: Session
  readonly secret: Secret<string>
  /** Content of the cookie of the device, for every transport. */
  readonly deviceCookie: Secret<string>
  /** What of it is unlike the sign-ins before it. */
  readonly signals: readonly RiskSignal[]
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
    client: { id: FIRST_PARTY_CLIENT_ID },
    method: proof.method,
    provenAgainst: proof.provenAgainst,
    isFactorProven: proof.isFactorProven,
    amr: proof.amr,
    acr: acrOf(proof),
  })
  if (decision.kind === 'refuse') return decision
  if (decision.kind === 'issue') return start(services, tx, context, { ...proof, ...decision })
  if (decision.step === 'email_verification_required') {
    return { kind: 'step', outcome: { kind: decision.step } }
  }
  const { provenAgainst } = proof
  // What proved more than a password needs no further step; there is none to fall back to.
  if (provenAgainst === undefined) return { kind: 'refuse', reason: 'factor_missing' }
  const begun = { ...proof, provenAgainst }
  if (decision.step === 'password_change_required') {
    const issued = await challenge(tx, context, begun, 'password_change')
    return { kind: 'step', outcome: { kind: decision.step, reason: decision.reason, ...issued } }
  }
  const { step, methods } = decision
  const purpose = step === 'mfa_required' ? 'verification' : 'enrollment'
  const issued = await challenge(tx, context, begun, purpose)
  return { kind: 'step', outcome: { kind: step, ...issued, methods } }
}

function acrOf({ acr, isFactorProven }: SignInProof): Acr {
  return acr ?? (isFactorProven ? ACR.mfa : ACR.password)
}

async function start(
  services: IssuingServices,
  tx: Tx,
  context: RequestContext,
  proof: SignInProof & { readonly user: SignedInUser; readonly isFactorSkipped: boolean },
): Promise<IssuedSession> {
  const { userId, transport, user, trustDevice = false, isFactorProven } = proof
  const amr = proof.isFactorSkipped ? [...proof.amr, TRUSTED_DEVICE_AMR] : proof.amr
  // While a device that is new now is still unknown, as it was when the attempt was counted.
  await tx.later(services.attempts.clear(context, proof.account))
  const isTrusted = trustDevice && isFactorProven
  const [noted, known] = await Promise.all([
    services.devices.within.note(tx, context, { userId, isTrusted }),
    services.habits.read(tx, context, userId),
  ])
  const replaced = await endReplacedSession(tx, context, userId)
  const started = startSession(context, {
    userId,
    transport,
    device: { hash: noted.device.hash, isBound: noted.isEstablished },
    authTime: context.clock.now(),
    acr: acrOf(proof),
    amr,
  })
  await tx.later(started.statement)
  if (replaced !== undefined) {
    const replacement = { userId, from: replaced, to: started.session.id }
    await services.replacements.sessionReplaced(tx, replacement)
  }
  const signIn = { known, session: started.session, isKnownDevice: noted.isKnown }
  const signals = await judgeHabits(services, tx, context, signIn)
  const family = started.cookie === undefined ? startFamily(context, started.session) : undefined
  if (family !== undefined) await tx.later(family.statement)
  await record(tx, context, {
    action: 'session.started',
    outcome: 'success',
    actor: { userId },
    sessionId: started.session.id,
    target: { kind: 'session', id: started.session.id },
    details: {
      method: proof.method,
      transport,
      amr,
      device: noted.id,
      ...(signals.length === 0 ? {} : { signals }),
    },
  })
  const secret = started.cookie ?? family?.refreshToken
  if (secret === undefined) throw new Error('a session has a cookie or a refresh token')
  const deviceCookie = services.devices.cookies.format(context.tenant, noted.device)
  return { kind: 'issued', user, session: started.session, secret, deviceCookie, signals }
}

async function judgeHabits(
  { habits }: IssuingServices,
  tx: Tx,
  context: RequestContext,
  { known, ...signIn }: Omit<JudgedSignIn, 'known' | 'client'> & { known: ReadHabits | undefined },
): Promise<readonly RiskSignal[]> {
  if (known === undefined) return []
  return habits.judge(tx, context, { known, client: describeClient(context), ...signIn })
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
  await tx.later(
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

/** After the commit. @throws risk_refused */
export async function toOutcome(
  services: RiskServices & { readonly keys: Keys },
  context: RequestContext,
  issued: Exclude<IssueOutcome, { kind: 'refuse' }>,
): Promise<SignInOutcome> {
  return issued.kind === 'step' ? issued.outcome : toComplete(services, context, issued)
}

/**
 * After the commit: nothing that a client could use exists before the session does.
 * @throws risk_refused
 */
export async function toComplete(
  services: RiskServices & { readonly keys: Keys },
  context: RequestContext,
  { session, secret, user, deviceCookie, signals }: IssuedSession,
): Promise<Extract<SignInOutcome, { kind: 'complete' }>> {
  const { keys } = services
  // Not in the transaction: a provider may take its time, and nobody else should wait for it.
  const assessed = { ...session, sessionId: session.id, signals }
  await checkRiskOfTokens(services, context, assessed, 'sign_in')
  const credentials = await toCredentials(keys, context, { session, secret, user })
  return { kind: 'complete', user, credentials, deviceCookie }
}

async function toCredentials(
  keys: Keys,
  context: RequestContext,
  { session, secret, user }: Omit<IssuedSession, 'kind' | 'deviceCookie' | 'signals'>,
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
