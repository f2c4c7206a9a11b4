import { AppError, type RequestContext, type Secret, type UserId } from '../../kernel/index.ts'
import type { Database, Tx } from '../../platform/db/index.ts'
import { record, recordRefusal } from '../audit/index.ts'
import type { Identity } from '../identity/index.ts'
import type { Keys } from '../keys/index.ts'
import { type Session, startSession } from '../sessions/index.ts'
import { issueAccessToken, startFamily } from '../tokens/index.ts'
import type { AttemptBudget } from './attempt-budget.ts'
import { canIssue } from './can-issue.ts'
import { signInErrors } from './errors.ts'
import type { IssuedCredentials, SignedInUser, SignInInput, SignInOutcome } from './model.ts'
import { FIRST_PARTY_CLIENT_ID, FIRST_PARTY_SCOPE, PASSWORD_ACR, PASSWORD_AMR } from './policy.ts'

export interface SignInServices {
  readonly database: Database
  readonly identity: Identity
  readonly keys: Keys
  readonly attempts: AttemptBudget
}

/**
 * Signs a user in by e-mail address and password.
 *
 * SECURITY: account enumeration. Known, unknown, suspended and delayed accounts walk the same
 * path: one look-up, one Argon2id computation, one counted attempt, one audit record, one answer.
 * @throws invalid_credentials, overloaded, database_unavailable
 */
export async function signInWithPassword(
  services: SignInServices,
  context: RequestContext,
  input: SignInInput,
): Promise<SignInOutcome> {
  const account = services.identity.accountKey(input.email)
  const { blocked } = await services.attempts.reserve(context, account)
  const proof = await provePassword(services, context, input).catch(async (error: unknown) => {
    // An overloaded hasher says nothing about the password, so the attempt does not count.
    if (error instanceof AppError) await services.attempts.refund(context, account)
    throw error
  })
  if (blocked || !proof.matches || proof.userId === undefined) {
    return refuse(services, context, blocked ? 'delayed' : proof.reason, proof.userId)
  }
  const { userId, provenAgainst } = proof
  const issued = await services.database.withTenant(context.tenant.id, (tx) =>
    issueSession(services, tx, context, { input, account, userId, provenAgainst }),
  )
  if (issued.kind === 'refuse') return refuse(services, context, issued.reason, userId)
  if (issued.kind === 'step') return { kind: issued.step }
  if (proof.needsRehash)
    await services.identity.rehash(context, userId, input.password, provenAgainst)
  const credentials = await toCredentials(services, context, issued)
  return { kind: 'complete', user: issued.user, credentials }
}

interface Proof {
  readonly matches: boolean
  readonly needsRehash: boolean
  readonly userId: UserId | undefined
  readonly provenAgainst: string
  readonly reason: 'unknown_account' | 'wrong_password'
}

async function provePassword(
  { database, identity }: SignInServices,
  context: RequestContext,
  { email, password }: SignInInput,
): Promise<Proof> {
  // A failing store propagates as 503: it must never look like a wrong password.
  const account = await database.withTenant(context.tenant.id, (tx) =>
    identity.findForSignIn(tx, email),
  )
  const { matches, needsRehash } = await identity.verifyPassword(account?.passwordHash, password)
  return {
    matches,
    needsRehash,
    userId: account?.userId,
    provenAgainst: account?.passwordHash ?? '',
    reason: account === undefined ? 'unknown_account' : 'wrong_password',
  }
}

interface Proven {
  readonly input: SignInInput
  readonly account: string
  readonly userId: UserId
  readonly provenAgainst: string
}

interface Issued {
  readonly kind: 'issued'
  readonly user: SignedInUser
  readonly session: Session
  readonly secret: Secret<string>
}

async function issueSession(
  services: SignInServices,
  tx: Tx,
  context: RequestContext,
  { input, account, userId, provenAgainst }: Proven,
) {
  const decision = await canIssue(tx, {
    subject: userId,
    client: FIRST_PARTY_CLIENT_ID,
    method: 'password',
    provenAgainst,
  })
  if (decision.kind === 'refuse') return decision
  // The password was right, whatever is still missing.
  await tx.run(services.attempts.clear(context, account))
  if (decision.kind === 'step') return decision
  const started = startSession(context, {
    userId,
    transport: input.transport,
    authTime: context.clock.now(),
    acr: PASSWORD_ACR,
    amr: PASSWORD_AMR,
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
    details: { method: 'password', transport: input.transport },
  })
  const secret = started.cookie ?? family?.refreshToken
  if (secret === undefined) throw new Error('a session has a cookie or a refresh token')
  return { kind: 'issued', user: decision.user, session: started.session, secret } satisfies Issued
}

/** After the commit: nothing that a client could use exists before the session does. */
async function toCredentials(
  { keys }: SignInServices,
  context: RequestContext,
  { session, secret, user }: Issued,
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

async function refuse(
  { database }: SignInServices,
  context: RequestContext,
  reason: string,
  userId: UserId | undefined,
): Promise<never> {
  await recordRefusal(database, context, {
    action: 'sign_in.refused',
    ...(userId === undefined ? {} : { target: { kind: 'user', id: userId } }),
    details: { reason, method: 'password' },
  })
  throw signInErrors.invalid_credentials()
}
