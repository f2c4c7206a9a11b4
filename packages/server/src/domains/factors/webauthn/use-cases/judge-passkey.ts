import type { RequestContext } from '../../../../kernel/index.ts'
import type { FactorDependencies } from '../../dependencies.ts'
import type { AssertionResponse, WebAuthnChallengeId } from '../model.ts'
import { type Judged, judgeAssertion } from './judge-assertion.ts'

export interface PasskeyAnswer {
  readonly challengeId: WebAuthnChallengeId
  readonly response: AssertionResponse
}

/**
 * Verifies the assertion of a sign-in without a password, in a transaction of its own, so that the
 * challenge is used up whatever comes of it. Its user is who the credential belongs to.
 */
export function judgePasskey(
  deps: FactorDependencies,
  context: RequestContext,
  { challengeId, response }: PasskeyAnswer,
): Promise<Judged> {
  return deps.database.withTenant(context.tenant.id, (tx) =>
    judgeAssertion(deps, tx, context, {
      response,
      scope: { purpose: 'sign_in', id: challengeId },
      isUserVerificationRequired: true,
      isUserHandleRequired: true,
    }),
  )
}
