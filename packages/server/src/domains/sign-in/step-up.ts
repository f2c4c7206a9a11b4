import {
  ACR,
  type Acr,
  addDuration,
  hasAtLeast,
  newId,
  type Secret,
  toSeconds,
  type UserContext,
} from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { record, recordRefusal } from '../audit/index.ts'
import {
  type FactorMethod,
  type FactorResponse,
  type FactorState,
  judgeGuess,
  methodsOf,
} from '../factors/index.ts'
import { type StrengthenedSession, strengthenSession } from '../sessions/index.ts'
import { issueAccessToken } from '../tokens/index.ts'
import { signInErrors } from './errors.ts'
import {
  CHALLENGE_ATTEMPTS,
  CHALLENGE_LIFETIME,
  FIRST_PARTY_CLIENT_ID,
  FIRST_PARTY_SCOPE,
  MULTIPLE_FACTORS_AMR,
  PASSWORD_AMR,
} from './policy.ts'
import type { SignInServices } from './sign-in-with-password.ts'
import { StepRefused } from './step-refused.ts'
import {
  type AskedStepUp,
  consumeStepUp,
  insertStepUp,
  type StepUpId,
  type StepUpKey,
  takeStepUpAttempt,
} from './step-up-store.ts'

export type StepUpMethod = FactorMethod | 'password'

export interface StartedStepUp {
  readonly id: StepUpId
  readonly methods: readonly StepUpMethod[]
  /** Seconds. */
  readonly expiresIn: number
}

export type StepUpResponse =
  | FactorResponse
  | { readonly method: 'password'; readonly password: Secret<string> }

export interface CompletedStepUp {
  readonly accessToken: string
  readonly expiresIn: number
  readonly acr: string
  readonly cookie: Secret<string> | undefined
}

/**
 * Begins to authenticate the user of a session anew.
 * SECURITY: never downgraded. Whoever has a factor proves a factor, whatever was asked for; who has
 * none is not let through with the password where a factor is asked for.
 * @throws step_up_unavailable
 * @see RFC 9470 §4
 */
export async function startStepUp(
  services: SignInServices,
  context: UserContext,
  { acr, transactionDigest }: AskedStepUp,
): Promise<StartedStepUp> {
  const { userId, sessionId } = context.principal
  const id = newId('stp')
  const createdAt = context.clock.now()
  const expiresAt = addDuration(createdAt, CHALLENGE_LIFETIME)
  const methods = await services.database.withTenant(context.tenant.id, async (tx) => {
    const state = await services.factors.within.readState(tx, userId)
    const usable = stepUpMethods(context, state, acr)
    if (usable.length === 0) return usable
    await insertStepUp(tx, {
      id,
      sessionId,
      acr,
      transactionDigest,
      attempts: CHALLENGE_ATTEMPTS,
      createdAt,
      expiresAt,
    })
    await record(tx, context, {
      action: 'step_up.started',
      outcome: 'success',
      target: { kind: 'session', id: sessionId },
      details: { acr: acr ?? 'any', ...detailOf(transactionDigest) },
    })
    return usable
  })
  if (methods.length === 0) {
    await recordStepUpRefusal(services, context, 'no_factor')
    throw signInErrors.step_up_unavailable()
  }
  return { id, methods, expiresIn: toSeconds(CHALLENGE_LIFETIME) }
}

/**
 * Completes a step-up. The session, and the access token in the answer, say so; access tokens from
 * before do not.
 * @throws step_up_not_found, step_up_refused, current_password_wrong, overloaded
 */
export async function verifyStepUp(
  services: SignInServices,
  context: UserContext,
  { id, response }: { readonly id: StepUpId; readonly response: StepUpResponse },
): Promise<CompletedStepUp> {
  const key = { id, sessionId: context.principal.sessionId, now: context.clock.now() }
  const [taken] = await services.database.tenantBatch(context.tenant.id, [takeStepUpAttempt(key)])
  if (taken.length === 0) {
    await recordStepUpRefusal(services, context, 'unusable')
    throw signInErrors.step_up_not_found()
  }
  try {
    return response.method === 'password'
      ? await proveByPassword(services, context, key, response.password)
      : await proveByFactor(services, context, key, response)
  } catch (error) {
    if (!(error instanceof StepRefused)) throw error
    await recordStepUpRefusal(services, context, error.reason)
    throw signInErrors.step_up_refused()
  }
}

function stepUpMethods(
  { tenant }: UserContext,
  state: FactorState,
  acr: Acr | undefined,
): readonly StepUpMethod[] {
  const methods = methodsOf(state, tenant.policy)
  if (acr === ACR.passkey) return methods.filter((method) => method === 'webauthn')
  if (state.kinds.length > 0) return methods
  return acr === undefined || acr === ACR.password ? ['password'] : []
}

async function proveByPassword(
  services: SignInServices,
  context: UserContext,
  key: StepUpKey,
  password: Secret<string>,
): Promise<CompletedStepUp> {
  await services.identity.checkCurrentPassword(context, password, 'step_up.refused')
  const { userId } = context.principal
  const session = await services.database.withTenant(context.tenant.id, async (tx) => {
    await services.factors.within.lockOwner(tx, userId)
    const { kinds } = await services.factors.within.readState(tx, userId)
    if (kinds.length > 0) throw new StepRefused('factor_required')
    return complete(tx, context, key, { acr: ACR.password, amr: PASSWORD_AMR })
  })
  return toCompleted(services, context, session)
}

async function proveByFactor(
  services: SignInServices,
  context: UserContext,
  key: StepUpKey,
  response: FactorResponse,
): Promise<CompletedStepUp> {
  const { userId, amr: before } = context.principal
  const { emailKey: account } = await services.identity.getUser(context, userId)
  const judged = await judgeGuess(services.attempts, context, { account }, () =>
    services.database.withTenant(context.tenant.id, async (tx) => {
      await services.factors.within.lockOwner(tx, userId)
      const redeemed = await services.factors.within.redeem(tx, context, { userId, response })
      if (redeemed === undefined) return undefined
      const amr = [...new Set([...before, ...redeemed.amr, MULTIPLE_FACTORS_AMR])]
      return complete(tx, context, key, { acr: redeemed.acr ?? ACR.mfa, amr })
    }),
  )
  if (judged.kind === 'refused') throw new StepRefused(judged.reason)
  return toCompleted(services, context, judged.result)
}

type Proven = { readonly acr: Acr; readonly amr: readonly string[] }
type ProvenSession = StrengthenedSession & Proven & Pick<AskedStepUp, 'transactionDigest'>

async function complete(
  tx: Tx,
  context: UserContext,
  key: StepUpKey,
  proven: Proven,
): Promise<ProvenSession> {
  const asked = await consumeStepUp(tx, key)
  if (asked === undefined) throw new StepRefused('used')
  // Undoes the use of the code as well: nothing was gained with it.
  if (asked.acr !== undefined && !hasAtLeast(proven.acr, asked.acr)) {
    throw new StepRefused('weaker_than_asked')
  }
  const session = await strengthenSession(tx, context, { ...proven, authTime: key.now })
  if (session === undefined) throw new StepRefused('session_over')
  await record(tx, context, {
    action: 'step_up.completed',
    outcome: 'success',
    target: { kind: 'session', id: session.sessionId },
    details: {
      acr: proven.acr,
      previous_acr: context.principal.acr,
      amr: proven.amr,
      ...detailOf(asked.transactionDigest),
    },
  })
  return { ...session, ...proven, transactionDigest: asked.transactionDigest }
}

/** After the commit. */
async function toCompleted(
  { keys }: SignInServices,
  context: UserContext,
  session: ProvenSession,
): Promise<CompletedStepUp> {
  const { token, expiresIn } = await issueAccessToken({ keys }, context, {
    userId: context.principal.userId,
    sessionId: session.sessionId,
    clientId: FIRST_PARTY_CLIENT_ID,
    scope: FIRST_PARTY_SCOPE,
    roles: context.principal.roles,
    acr: session.acr,
    amr: session.amr,
    authTime: context.clock.now(),
    notAfter: session.absoluteExpiresAt,
    transactionDigest: session.transactionDigest,
  })
  return { accessToken: token, expiresIn, acr: session.acr, cookie: session.cookie }
}

function detailOf(digest: Buffer | undefined) {
  return digest === undefined ? {} : { transaction_digest: digest.toString('base64url') }
}

async function recordStepUpRefusal(
  { database }: SignInServices,
  context: UserContext,
  reason: string,
): Promise<void> {
  const target = { kind: 'session', id: context.principal.sessionId }
  await recordRefusal(database, context, { action: 'step_up.refused', target, details: { reason } })
}
