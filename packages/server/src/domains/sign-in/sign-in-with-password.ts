import { AppError, type RequestContext, type UserId } from '../../kernel/index.ts'
import type { CaptchaCheck } from '../../platform/captcha/index.ts'
import type { Database } from '../../platform/db/index.ts'
import type { Identity } from '../identity/index.ts'
import type { Keys } from '../keys/index.ts'
import type { Reservation } from './attempt-budget.ts'
import type { RiskServices } from './assess-risk.ts'
import { demandCaptchaAtSignIn } from './captcha-demand.ts'
import { fingerprintOf } from './can-issue.ts'
import { signInErrors } from './errors.ts'
import { issueSession, type IssuingServices, toComplete } from './issue-session.ts'
import type { CaptchaOutcome, SignInInput, SignInOutcome } from './model.ts'
import { PASSWORD_AMR } from './policy.ts'
import type { EmailSignInMessagePort } from './ports.ts'
import { refuseSignIn } from './refuse-sign-in.ts'

export interface SignInServices extends IssuingServices, RiskServices {
  readonly database: Database
  readonly identity: Identity
  readonly keys: Keys
  readonly emailMessages: EmailSignInMessagePort
  readonly captcha: CaptchaCheck
}

/**
 * Signs a user in by e-mail address and password, or begins to: the answer may be a further step.
 *
 * SECURITY: account enumeration. Known, unknown, suspended and delayed accounts walk the same
 * path: one challenge where one is demanded, one look-up, one Argon2id computation, one counted attempt, one audit record, one answer.
 * @throws invalid_credentials, overloaded, captcha_unavailable, database_unavailable
 */
export async function signInWithPassword(
  services: SignInServices,
  context: RequestContext,
  input: SignInInput,
): Promise<SignInOutcome> {
  const begun = await begin(services, context, input)
  if (begun.kind === 'captcha_required') return begun
  const { account, reservation, found } = begun
  const { blocked } = reservation
  const proof = await countingErrorsOut(services, context, { account, reservation }, async () => {
    const judged = await provePassword(services, context, input, { found, mayRehash: !blocked })
    if (!blocked) await lookUpBreaches(services, context, input, judged)
    return judged
  })
  if (blocked || !proof.matches || proof.userId === undefined) {
    return refuse(services, context, reasonOf(reservation) ?? proof.reason, proof.userId)
  }
  const { userId, provenAgainst } = proof
  const issued = await services.database.withTenant(context.tenant.id, (tx) =>
    issueSession(services, tx, context, {
      userId,
      account,
      transport: input.transport,
      method: 'password',
      provenAgainst: fingerprintOf(provenAgainst),
      amr: PASSWORD_AMR,
      isFactorProven: false,
    }),
  )
  if (issued.kind === 'refuse') return refuse(services, context, issued.reason, userId)
  if (issued.kind === 'step') {
    // SECURITY: given back, not cleared. Attack: whoever knows the password signs in between the
    // codes that they guess, and so forgets the wrong ones.
    await services.attempts.refund(context, account, reservation)
    return issued.outcome
  }
  return toComplete(services, context, issued)
}

type Begun =
  | CaptchaOutcome
  | {
      readonly kind: 'begun'
      readonly account: string
      readonly reservation: Reservation
      readonly found: Found
    }

/**
 * Counts the attempt and looks the account up in one round trip; whether a captcha is due is decided
 * by the same statement that counts.
 *
 * SECURITY: account enumeration. What decides are counters under the address as it was sent, which
 * exist for unknown accounts too. A failing store propagates as 503: it must never look like a wrong
 * password.
 */
async function begin(
  services: SignInServices,
  context: RequestContext,
  { email, captcha }: SignInInput,
): Promise<Begun> {
  const account = services.identity.accountKey(email)
  const count = async (asksForCaptcha: boolean) => {
    const [reservation, found] = await services.database.withTenantOnce(context.tenant.id, (tx) =>
      Promise.all([
        services.attempts.reserveIn(tx, context, account, { isBrakable: true, asksForCaptcha }),
        services.identity.findForSignIn(tx, email),
      ]),
    )
    return { kind: 'begun', account, reservation, found } as const
  }
  const policy = context.tenant.policy.captcha
  if (policy !== 'always') {
    const begun = await count(policy === 'adaptive')
    if (!begun.reservation.isCaptchaDue) return begun
  }
  return (await demandCaptchaAtSignIn(services, context, captcha)) ?? count(false)
}

function reasonOf({ blocked, isBraked }: Reservation): string | undefined {
  if (!blocked) return undefined
  return isBraked ? 'braked' : 'delayed'
}

type Found = Awaited<ReturnType<Identity['findForSignIn']>>

interface Proof {
  readonly matches: boolean
  readonly userId: UserId | undefined
  readonly provenAgainst: string
  readonly isActive: boolean
  readonly reason: 'unknown_account' | 'wrong_password'
}

/**
 * With `mayRehash`, a hash of earlier parameters is replaced as soon as the password was right, and
 * the password is proven again against the new one: what a further step finds stored is then what
 * this one was proven against.
 */
async function provePassword(
  services: SignInServices,
  context: RequestContext,
  input: SignInInput,
  { found: account, mayRehash }: { readonly found: Found; readonly mayRehash: boolean },
): Promise<Proof> {
  const { database, identity } = services
  const { matches, needsRehash } = await identity.verifyPassword(
    account?.passwordHash,
    input.password,
  )
  if (matches && needsRehash && mayRehash && account?.passwordHash !== undefined) {
    const { userId, passwordHash } = account
    await identity.rehash(context, userId, input.password, passwordHash)
    const found = await database.withTenant(context.tenant.id, (tx) =>
      identity.findForSignIn(tx, input.email),
    )
    return provePassword(services, context, input, { found, mayRehash: false })
  }
  return {
    matches,
    userId: account?.userId,
    provenAgainst: account?.passwordHash ?? '',
    isActive: account?.status === 'active',
    reason: account === undefined ? 'unknown_account' : 'wrong_password',
  }
}

/**
 * SECURITY: only where the right password gets another answer than a wrong one. The look-up takes
 * longer than the rest, and would tell about the password of a suspended account.
 */
async function lookUpBreaches(
  { identity }: SignInServices,
  context: RequestContext,
  { password }: SignInInput,
  { matches, userId, isActive, provenAgainst: passwordHash }: Proof,
): Promise<void> {
  if (!matches || !isActive || userId === undefined) return
  await identity.noticeBreachedPassword(context, { userId, password, passwordHash })
}

/** An overloaded hasher says nothing about the password, so the attempt does not count. */
async function countingErrorsOut<T>(
  { attempts }: SignInServices,
  context: RequestContext,
  { account, reservation }: { account: string; reservation: Reservation },
  work: () => Promise<T>,
): Promise<T> {
  return work().catch(async (error: unknown) => {
    if (error instanceof AppError && !reservation.blocked) {
      await attempts.refund(context, account, reservation)
    }
    throw error
  })
}

function refuse(
  services: SignInServices,
  context: RequestContext,
  reason: string,
  userId: UserId | undefined,
): Promise<never> {
  const error = signInErrors.invalid_credentials
  return refuseSignIn(services, context, { reason, userId, method: 'password', error })
}
