import { z } from 'zod'
import { Secret } from '../../kernel/index.ts'
import { captchaPayloadSchema } from '../../platform/captcha/index.ts'
import { secretText } from '../../platform/http/index.ts'
import { EMAIL_CODE_DIGITS } from './policy.ts'
import type { EmailSignInAnswer } from './sign-in-by-email.ts'

export const requestEmailSignInSchema = z.strictObject({
  email: z.string().min(1).max(254),
  kind: z.enum(['link', 'code']).default('link'),
  captcha: captchaPayloadSchema.optional(),
})

export const requestedEmailSignInSchema = z.object({
  challenge: z.string(),
  expires_in: z.int(),
})

/** Exactly these ASCII digits: `\d` of other languages' regular expressions would take more. */
const codeSchema = z
  .string()
  .regex(
    new RegExp(`^[0-9]{${EMAIL_CODE_DIGITS}}$`),
    `must be exactly ${EMAIL_CODE_DIGITS} digits from 0 to 9`,
  )
  .transform((text) => new Secret(text))

export const verifyEmailSignInSchema = z
  .strictObject({
    /** Absent: that of the browser's cookie, if there is one. */
    challenge: secretText(200).optional(),
    token: secretText(200).optional(),
    code: codeSchema.optional(),
    transport: z.enum(['bearer', 'cookie']).default('bearer'),
  })
  .refine(({ token, code }) => (token === undefined) !== (code === undefined), {
    message: 'send either `token` or `code`',
  })

/** The schema has made sure that there is one of both. */
export function toEmailSignInAnswer(
  { challenge, token, code, transport }: z.output<typeof verifyEmailSignInSchema>,
  cookie: string | undefined,
): EmailSignInAnswer {
  const known = challenge ?? (cookie === undefined ? undefined : new Secret(cookie))
  if (token !== undefined) return { kind: 'link', challenge: known, secret: token, transport }
  if (code !== undefined) return { kind: 'code', challenge: known, secret: code, transport }
  throw new Error('the schema lets no answer pass without its proof')
}
