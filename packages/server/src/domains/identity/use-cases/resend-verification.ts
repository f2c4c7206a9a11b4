import type { RequestContext } from '../../../kernel/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { requestToken } from './request-token.ts'

/**
 * Sends another verification token, if the address waits for one.
 * @throws email_invalid
 */
export function resendVerification(
  deps: IdentityDependencies,
  context: RequestContext,
  email: string,
): Promise<void> {
  return requestToken(deps, context, {
    email,
    purpose: 'email_verification',
    lifetime: context.tenant.policy.emailVerificationLifetime,
    kind: 'verify_email',
    action: 'user.email_verification_requested',
    isEligible: (user) => user.status === 'active' && user.emailVerifiedAt === undefined,
  })
}
