import type { RequestContext } from '../../kernel/index.ts'
import type { CaptchaCheck } from '../../platform/captcha/index.ts'
import type { Database } from '../../platform/db/index.ts'
import { recordRefusal } from '../audit/index.ts'
import type { AttemptBudget } from './attempt-budget.ts'
import type { CaptchaOutcome } from './model.ts'
import { CAPTCHA_AFTER } from './policy.ts'

export interface CaptchaServices {
  readonly database: Database
  readonly captcha: CaptchaCheck
  readonly attempts: Pick<AttemptBudget, 'failures'>
}

/**
 * Demands a solved challenge where the tenant wants one, before anything of the account is looked
 * at and before anything is hashed.
 *
 * SECURITY: account enumeration. What decides are counters under the address as it was sent, which
 * exist for unknown accounts too. The solution is used up whatever comes of the password.
 * @returns undefined: go on
 * @throws captcha_unavailable
 */
export async function demandCaptchaAtSignIn(
  services: CaptchaServices,
  context: RequestContext,
  { account, payload }: { readonly account: string; readonly payload: string | undefined },
): Promise<CaptchaOutcome | undefined> {
  if (!(await isDemanded(services, context, account))) return undefined
  const { captcha, database } = services
  if (await captcha.isSolved(context, 'sign_in', payload)) return undefined
  const reason = payload === undefined ? 'captcha_missing' : 'captcha_not_accepted'
  const details = { reason, method: 'password' }
  await recordRefusal(database, context, { action: 'sign_in.refused', details })
  return { kind: 'captcha_required', captcha: await captcha.challenge(context, 'sign_in') }
}

async function isDemanded(
  { attempts }: CaptchaServices,
  context: RequestContext,
  account: string,
): Promise<boolean> {
  switch (context.tenant.policy.captcha) {
    case 'off':
      return false
    case 'always':
      return true
    case 'adaptive': {
      const { device, pair, source, isUnderAttack } = await attempts.failures(context, account)
      // A known device is counted on its own, instead of the pair.
      const isMistaken = Math.max(device, pair) >= CAPTCHA_AFTER.pair
      return isMistaken || source >= CAPTCHA_AFTER.source || isUnderAttack
    }
  }
}
