import type { RequestContext } from '../../../kernel/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { demandCaptcha } from './demand-captcha.ts'
import { requestToken } from './request-token.ts'

/**
 * Sends another verification token, if the address waits for one.
 * @param captcha see `demandCaptcha`
 * @throws email_invalid, captcha_required
 */
export async function resendVerification(
  deps: IdentityDependencies,
  context: RequestContext,
  email: string,
  captcha?: string,
): Promise<void> {
  await demandCaptcha(deps, context, { purpose: 'verify_email', payload: captcha, action: ACTION })
  await requestToken(deps, context, {
    email,
    purpose: 'email_verification',
    lifetime: context.tenant.policy.emailVerificationLifetime,
    kind: 'verify_email',
    action: ACTION,
    isEligible: (user) => user.status === 'active' && user.emailVerifiedAt === undefined,
  })
}

const ACTION = 'user.email_verification_requested'
