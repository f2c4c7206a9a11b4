import type { RequestContext } from '../../../kernel/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { requestToken } from './request-token.ts'

/**
 * Sends a reset token, if the address has an active user; also to one without a password yet.
 * @throws email_invalid
 */
export function forgotPassword(
  deps: IdentityDependencies,
  context: RequestContext,
  email: string,
): Promise<void> {
  return requestToken(deps, context, {
    email,
    purpose: 'password_reset',
    lifetime: context.tenant.policy.passwordResetLifetime,
    kind: 'reset_password',
    action: 'user.password_reset_requested',
    isEligible: (user) => user.status === 'active',
  })
}
