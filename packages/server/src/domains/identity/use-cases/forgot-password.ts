import type { RequestContext } from '../../../kernel/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { demandCaptcha } from './demand-captcha.ts'
import { requestToken } from './request-token.ts'

/**
 * Sends a reset token, if the address has an active user; also to one without a password yet.
 * @param captcha see `demandCaptcha`
 * @throws email_invalid, captcha_required
 */
export async function forgotPassword(
  deps: IdentityDependencies,
  context: RequestContext,
  email: string,
  captcha?: string,
): Promise<void> {
  await demandCaptcha(deps, context, {
    purpose: 'password_reset',
    payload: captcha,
    action: ACTION,
  })
  await requestToken(deps, context, {
    email,
    purpose: 'password_reset',
    lifetime: context.tenant.policy.passwordResetLifetime,
    kind: 'reset_password',
    action: ACTION,
    isEligible: (user) => user.status === 'active',
  })
}

const ACTION = 'user.password_reset_requested'
