import { z } from 'zod'
import { addDuration, hours, type Secret } from '../../kernel/index.ts'
import { sha256 } from '../crypto/index.ts'
import type { Egress } from '../egress/index.ts'
import type { CaptchaProvider } from './captcha-provider.ts'
import { errors } from './errors.ts'

export interface SiteverifyOptions {
  readonly provider: 'turnstile' | 'hcaptcha'
  readonly egress: Egress
  readonly url: string
  /** Public; names the site at the service. */
  readonly siteKey: string
  readonly secret: Secret<string>
}

/**
 * A service that shows a widget and is asked whether its token is good. The address of the person
 * is not sent. The service binds a token to tenant and purpose where the page asked it to (`action`
 * and `cdata` of Turnstile): what it answers must then match.
 * @see https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
 */
export function createSiteverifyProvider(options: SiteverifyOptions): CaptchaProvider {
  const { provider, siteKey } = options
  return {
    challenge: async () => ({ provider, siteKey }),
    verify: async ({ tenant, clock }, purpose, payload) => {
      const { success, action, cdata } = await ask(options, payload)
      const isElsewhere = (action ?? purpose) !== purpose || (cdata ?? tenant.slug) !== tenant.slug
      if (!success || isElsewhere) return undefined
      return { hash: sha256(payload), expiresAt: addDuration(clock.now(), REMEMBERED_FOR) }
    },
  }
}

async function ask({ egress, url, secret }: SiteverifyOptions, payload: string) {
  const body = new URLSearchParams({ secret: secret.reveal(), response: payload }).toString()
  try {
    const answer = await egress.post(url, {
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    })
    return answerSchema.parse(JSON.parse(answer.body.toString('utf8')))
  } catch (cause) {
    // Invariant I8: what could not be asked is not solved, and is not wrong either.
    throw errors.captcha_unavailable({ cause })
  }
}

const answerSchema = z.object({
  success: z.boolean(),
  action: z.string().min(1).optional().catch(undefined),
  cdata: z.string().min(1).optional().catch(undefined),
})

/** Somebody waits for the answer. */
const TIMEOUT_MS = 3000
const MAX_ANSWER_BYTES = 16_384
/** Tokens of these services live five minutes. */
const REMEMBERED_FOR = hours(1)
