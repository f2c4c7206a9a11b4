import type { RequestContext } from '../../kernel/index.ts'
import type { CaptchaCheck } from '../../platform/captcha/index.ts'
import type { Database } from '../../platform/db/index.ts'
import { recordRefusal } from '../audit/index.ts'
import type { CaptchaOutcome } from './model.ts'

export interface CaptchaServices {
  readonly database: Database
  readonly captcha: CaptchaCheck
}

/**
 * Demands a solved challenge, before anything is hashed. The solution is used up whatever comes of the
 * password.
 * @returns undefined: go on
 * @throws captcha_unavailable
 */
export async function demandCaptchaAtSignIn(
  { captcha, database }: CaptchaServices,
  context: RequestContext,
  payload: string | undefined,
): Promise<CaptchaOutcome | undefined> {
  if (await captcha.isSolved(context, 'sign_in', payload)) return undefined
  const reason = payload === undefined ? 'captcha_missing' : 'captcha_not_accepted'
  const details = { reason, method: 'password' }
  await recordRefusal(database, context, { action: 'sign_in.refused', details })
  return { kind: 'captcha_required', captcha: await captcha.challenge(context, 'sign_in') }
}
