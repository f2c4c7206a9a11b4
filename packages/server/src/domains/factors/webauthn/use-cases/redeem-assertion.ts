import { ACR, type RequestContext, type UserId } from '../../../../kernel/index.ts'
import type { Tx } from '../../../../platform/db/index.ts'
import type { Redemption } from '../../model.ts'
import type { FactorDependencies } from '../../dependencies.ts'
import { amrOf, type AssertionResponse } from '../model.ts'
import { acceptAssertion, judgeAssertion } from './judge-assertion.ts'

export interface AssertionProof {
  readonly userId: UserId
  readonly assertion: AssertionResponse
  /** SHA-256 of the step that it must have been asked for in. */
  readonly boundTo: Buffer
}

/**
 * A credential as a second factor, in the transaction of what it is a proof for. With user
 * verification it proves two factors by itself, and says so in `acr`.
 * @returns undefined if it is refused, for whatever reason
 */
export async function redeemAssertion(
  deps: Pick<FactorDependencies, 'relyingParty' | 'messages'>,
  tx: Tx,
  context: RequestContext,
  { userId, assertion: response, boundTo }: AssertionProof,
): Promise<Redemption | undefined> {
  const judged = await judgeAssertion(deps, tx, context, {
    response,
    scope: { purpose: 'second_factor', userId, boundTo },
    isUserVerificationRequired: context.tenant.policy.webauthnUserVerification === 'required',
    isUserHandleRequired: false,
  })
  if (judged.kind === 'refused') return undefined
  const { assertion } = judged
  if ((await acceptAssertion(deps, tx, context, assertion)) !== undefined) return undefined
  const acr = assertion.isUserVerified ? ACR.passkey : ACR.mfa
  return { method: 'webauthn', amr: amrOf(assertion), acr }
}
