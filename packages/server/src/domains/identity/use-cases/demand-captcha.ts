import type { RequestContext } from '../../../kernel/index.ts'
import { captchaErrors, type CaptchaPurpose } from '../../../platform/captcha/index.ts'
import { recordRefusal } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'

export interface CaptchaDemand {
  readonly purpose: CaptchaPurpose
  readonly payload: string | undefined
  /** Of the audit event of a refusal. */
  readonly action: string
  /** Also where the tenant does not always want one, unless it wants none. */
  readonly isDemanded?: boolean
}

/**
 * For forms that anybody may send, where the tenant always wants a solved challenge. It is asked for
 * before anything is looked at, so it says nothing about accounts.
 * @throws captcha_required, captcha_unavailable
 */
export async function demandCaptcha(
  { captcha, database }: Pick<IdentityDependencies, 'captcha' | 'database'>,
  context: RequestContext,
  { purpose, payload, action, isDemanded = false }: CaptchaDemand,
): Promise<void> {
  const policy = context.tenant.policy.captcha
  if (policy === 'off' || (policy === 'adaptive' && !isDemanded)) return
  if ((await captcha?.isSolved(context, purpose, payload)) === true) return
  const reason = payload === undefined ? 'captcha_missing' : 'captcha_not_accepted'
  await recordRefusal(database, context, { action, details: { reason } })
  throw captchaErrors.captcha_required()
}
