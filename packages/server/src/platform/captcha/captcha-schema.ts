import { z } from 'zod'
import { CAPTCHA_PURPOSES, type CaptchaChallenge } from './captcha-provider.ts'

/** The member `captcha` of a body: the solution, or the token of a service. */
export const captchaPayloadSchema = z.string().min(1).max(8192)

export const captchaChallengeSchema = z.discriminatedUnion('provider', [
  z.object({
    provider: z.literal('altcha'),
    challenge: z.object({
      parameters: z.object({
        algorithm: z.string(),
        nonce: z.string(),
        salt: z.string(),
        keyPrefix: z.string(),
        cost: z.int(),
        keyLength: z.int(),
        data: z.object({
          tenant: z.string(),
          purpose: z.enum(CAPTCHA_PURPOSES),
          expires: z.int(),
        }),
      }),
      signature: z.string(),
    }),
    expires_in: z.int(),
  }),
  z.object({ provider: z.enum(['turnstile', 'hcaptcha']), site_key: z.string() }),
])

export function presentCaptcha(
  challenge: CaptchaChallenge,
): z.input<typeof captchaChallengeSchema> {
  if (challenge.provider !== 'altcha') {
    return { provider: challenge.provider, site_key: challenge.siteKey }
  }
  const { provider, expiresIn } = challenge
  return { provider, challenge: challenge.challenge, expires_in: expiresIn }
}
