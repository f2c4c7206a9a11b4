import {
  constantTimeEqual,
  fromUuid,
  newId,
  type RequestContext,
  type Secret,
  type UserId,
} from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import type { SessionTransport } from '../sessions/index.ts'
import {
  consumeEmailSignIn,
  type EmailSignInKey,
  type EmailSignInKind,
  lockEmailSignIn,
  takeEmailAttempt,
  takeLinkAttempt,
} from './email-sign-in-store.ts'
import { signInErrors } from './errors.ts'
import { type IssueOutcome, issueSession, toComplete } from './issue-session.ts'
import type { SignInOutcome } from './model.ts'
import { EMAIL_AMR } from './policy.ts'
import { refuseSignIn } from './refuse-sign-in.ts'
import { checkEmailSignInAllowed, hashEmailSecret } from './request-email-sign-in.ts'
import type { SignInServices } from './sign-in-with-password.ts'
import { StepRefused } from './step-refused.ts'

export interface EmailSignInAnswer {
  readonly kind: EmailSignInKind
  /** undefined: this client did not ask, or lost it. */
  readonly challenge: Secret<string> | undefined
  /** Token of the link, or the code. */
  readonly secret: Secret<string>
  readonly transport: SessionTransport
}

/**
 * Signs in with what was mailed. Mail is one factor: whoever has another proves that, too.
 *
 * SECURITY: an attempt is taken off the request and counted for the account before it is judged; a
 * request for an address that nobody has walks the same path.
 * @throws invalid_email_sign_in for every reason alike; email_sign_in_disabled
 */
export async function signInByEmail(
  services: SignInServices,
  context: RequestContext,
  answer: EmailSignInAnswer,
): Promise<SignInOutcome> {
  checkEmailSignInAllowed(context, answer.kind)
  const refuse = (reason: string, userId?: UserId) =>
    refuseSignIn(services, context, {
      reason,
      userId,
      method: `email_${answer.kind}`,
      error: signInErrors.invalid_email_sign_in,
    })
  const taken = await takeAttempt(services, context, answer)
  if (taken === undefined) return refuse('challenge_unusable')
  const { account, userId } = taken
  const reservation = await services.attempts.reserve(context, account)
  if (reservation.blocked) return refuse('delayed', userId)
  const giveBack = () => services.attempts.refund(context, account, reservation)
  try {
    const issued = await services.database.withTenant(context.tenant.id, (tx) =>
      judge(services, tx, context, { ...taken, answer }),
    )
    if (issued === undefined) return await refuse('wrong_code', userId)
    if (issued.kind === 'issued') return await toComplete(services, context, issued)
    // Given back, not cleared: see the sign-in with a password.
    await giveBack()
    return issued.outcome
  } catch (error) {
    if (!(error instanceof StepRefused)) throw error
    await giveBack()
    return refuse(error.reason, userId)
  }
}

interface Taken {
  readonly challengeHash: Buffer
  readonly userId: UserId | undefined
  readonly account: string
}

async function takeAttempt(
  { database }: SignInServices,
  { tenant, clock }: RequestContext,
  { kind, challenge, secret }: EmailSignInAnswer,
): Promise<Taken | undefined> {
  const now = clock.now()
  const statement =
    challenge === undefined
      ? takeLinkAttempt({ secretHash: hashEmailSecret('link', undefined, secret), now })
      : takeEmailAttempt({ challengeHash: sha256(challenge.reveal()), kind, now })
  // SECURITY: a link that was read on the way, or that somebody else sent on, is worth nothing in
  // a browser that did not ask for it. A code means nothing without its challenge anyway.
  const isBound = kind === 'code' || tenant.policy.magicLinkSameBrowser
  if (challenge === undefined && isBound) return undefined
  const [[row]] = await database.tenantBatch(tenant.id, [statement])
  if (row === undefined) return undefined
  return {
    challengeHash: row.challenge_hash,
    userId: row.user_id === null ? undefined : fromUuid('usr', row.user_id),
    account: row.email_key,
  }
}

interface Attempt extends Taken {
  readonly answer: EmailSignInAnswer
}

/**
 * @returns undefined for a wrong token or code
 * @throws StepRefused, which undoes the use of it with everything else
 */
async function judge(
  services: SignInServices,
  tx: Tx,
  context: RequestContext,
  { challengeHash, userId, account, answer }: Attempt,
): Promise<Exclude<IssueOutcome, { kind: 'refuse' }> | undefined> {
  const key: EmailSignInKey = { challengeHash, kind: answer.kind, now: context.clock.now() }
  // The order of locks is that of every change of a user: the user first.
  const owner = await services.factors.within.lockOwner(tx, userId ?? newId('usr'))
  const row = await lockEmailSignIn(tx, key)
  const given = hashEmailSecret(answer.kind, answer.challenge, answer.secret)
  if (row === undefined) throw new StepRefused('challenge_used')
  if (!constantTimeEqual(row.secretHash, given)) return undefined
  if (owner === undefined) throw new StepRefused('user_gone')
  if (owner.emailKey !== account) throw new StepRefused('email_changed')
  if (!(await consumeEmailSignIn(tx, key))) throw new StepRefused('challenge_used')
  await services.identity.proveEmail(tx, context, owner.id, account)
  const issued = await issueSession(services, tx, context, {
    userId: owner.id,
    account,
    transport: answer.transport,
    method: 'email',
    provenAgainst: row.provenAgainst,
    amr: EMAIL_AMR,
    isFactorProven: false,
  })
  if (issued.kind === 'refuse') throw new StepRefused(issued.reason)
  return issued
}
