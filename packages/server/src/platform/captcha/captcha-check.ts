import type { RequestContext } from '../../kernel/index.ts'
import { type Database, useOnce } from '../db/index.ts'
import type { CaptchaChallenge, CaptchaProvider, CaptchaPurpose } from './captcha-provider.ts'

/** Challenges, and solutions that count once. */
export interface CaptchaCheck {
  challenge(context: RequestContext, purpose: CaptchaPurpose): Promise<CaptchaChallenge>
  /**
   * Uses a solution up: of any number of parallel requests with one, one is told that it is solved.
   * @throws captcha_unavailable
   */
  isSolved(
    context: RequestContext,
    purpose: CaptchaPurpose,
    payload: string | undefined,
  ): Promise<boolean>
}

export function createCaptchaCheck(options: {
  readonly provider: CaptchaProvider
  readonly database: Database
}): CaptchaCheck {
  const { provider, database } = options
  return {
    challenge: (context, purpose) => provider.challenge(context, purpose),
    isSolved: async (context, purpose, payload) => {
      if (payload === undefined || payload.length > LONGEST_PAYLOAD) return false
      const proof = await provider.verify(context, purpose, payload)
      if (proof === undefined) return false
      const use = useOnce({ purpose: 'captcha', ...proof })
      const [rows] = await database.tenantBatch(context.tenant.id, [use])
      return rows.length === 1
    },
  }
}

/** Tokens of services have up to about 4,000 characters. */
const LONGEST_PAYLOAD = 8192
