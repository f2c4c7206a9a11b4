import { ACR, type RequestContext, type UserId } from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import {
  amrOf,
  type AssertionRefusal,
  type PasskeyAnswer,
  type VerifiedAssertion,
} from '../factors/index.ts'
import type { SessionTransport } from '../sessions/index.ts'
import { signInErrors } from './errors.ts'
import { type IssueOutcome, issueSession, toComplete } from './issue-session.ts'
import type { SignInOutcome } from './model.ts'
import { MULTIPLE_FACTORS_AMR } from './policy.ts'
import { refuseSignIn } from './refuse-sign-in.ts'
import type { SignInServices } from './sign-in-with-password.ts'

export interface PasskeyInput extends PasskeyAnswer {
  readonly transport: SessionTransport
}

/**
 * Signs a user in with a discoverable credential that verified its user: no name, no password.
 *
 * SECURITY: unknown credentials, wrong signatures and suspended users get one answer. An attempt is
 * counted before it is judged, for the credential and for the source: a signature can't be guessed,
 * but verifying many of them costs.
 * @throws invalid_credentials, database_unavailable
 */
export async function signInWithPasskey(
  services: SignInServices,
  context: RequestContext,
  input: PasskeyInput,
): Promise<SignInOutcome> {
  const { attempts, factors, database } = services
  const account = `passkey:${input.response.id}`
  const reservation = await attempts.reserve(context, account)
  if (reservation.blocked) return refuse(services, context, 'delayed')
  const giveBack = async (error: unknown): Promise<never> => {
    await attempts.refund(context, account, reservation)
    throw error
  }
  const judged = await factors.webauthn.judgePasskey(context, input).catch(giveBack)
  if (judged.kind === 'refused') return refuse(services, context, judged.reason)
  const { assertion } = judged
  const proof = { assertion, account, transport: input.transport }
  const issued = await database
    .withTenant(context.tenant.id, (tx) => issue(services, tx, context, proof))
    .catch(giveBack)
  if (issued.kind === 'refuse') return refuse(services, context, issued.reason, assertion.userId)
  if (issued.kind === 'step') {
    await attempts.refund(context, account, reservation)
    return issued.outcome
  }
  return toComplete(services, context, issued)
}

interface PasskeyProof {
  readonly assertion: VerifiedAssertion
  readonly account: string
  readonly transport: SessionTransport
}

type PasskeyOutcome = IssueOutcome | { readonly kind: 'refuse'; readonly reason: AssertionRefusal }

/** The order of locks is that of every change of a user: the user first. */
async function issue(
  services: SignInServices,
  tx: Tx,
  context: RequestContext,
  { assertion, account, transport }: PasskeyProof,
): Promise<PasskeyOutcome> {
  const { userId } = assertion
  await services.factors.within.lockOwner(tx, userId)
  const refusal = await services.factors.webauthn.within.accept(tx, context, assertion)
  // Returned, not thrown: the suspicion of a copy is part of this transaction.
  if (refusal !== undefined) return { kind: 'refuse', reason: refusal }
  return issueSession(services, tx, context, {
    userId,
    account,
    transport,
    method: 'passkey',
    provenAgainst: undefined,
    amr: [...amrOf(assertion), MULTIPLE_FACTORS_AMR],
    isFactorProven: assertion.isUserVerified,
    acr: ACR.passkey,
  })
}

function refuse(
  services: SignInServices,
  context: RequestContext,
  reason: string,
  userId?: UserId,
): Promise<never> {
  const error = signInErrors.invalid_credentials
  return refuseSignIn(services, context, { reason, userId, method: 'passkey', error })
}
