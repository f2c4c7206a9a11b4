import { z } from 'zod'
import { ACR, Secret } from '../../kernel/index.ts'
import { typedId } from '../../platform/http/index.ts'
import { isWellFormedCode } from '../factors/index.ts'
import type { CompletedStepUp, StepUpMethod, StepUpResponse } from './step-up.ts'

const secretText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .transform((text) => new Secret(text))

const METHODS = ['totp', 'backup_code', 'password'] as const satisfies readonly StepUpMethod[]

/** `acr` absent: a fresh authentication of any strength that the user has. */
export const startStepUpSchema = z.strictObject({ acr: z.enum([ACR.password, ACR.mfa]).optional() })

export const stepUpStartedSchema = z.object({
  id: z.string(),
  methods: z.array(z.enum(METHODS)),
  expires_in: z.int(),
})

export const stepUpParams = z.strictObject({ step_up_id: typedId('stp') })

export const verifyStepUpSchema = z
  .strictObject({
    method: z.enum(METHODS),
    code: secretText(64).optional(),
    password: secretText(1024).optional(),
  })
  .refine(
    ({ method, code, password }) =>
      method === 'password'
        ? password !== undefined && code === undefined
        : password === undefined && code !== undefined && isWellFormedCode(method, code),
    { message: 'send `password` for that method, and else `code` in the form of the method' },
  )

export const stepUpCompletedSchema = z.object({
  acr: z.string(),
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  /** For a browser session, whose cookie is another one now. */
  csrf_token: z.string().optional(),
})

/** The schema has made sure that the one that belongs to the method is there. */
export function toStepUpResponse({
  method,
  code,
  password,
}: z.output<typeof verifyStepUpSchema>): StepUpResponse {
  const missing = new Secret('')
  return method === 'password'
    ? { method, password: password ?? missing }
    : { method, code: code ?? missing }
}

export function presentCompletedStepUp(
  { acr, accessToken, expiresIn, cookie }: CompletedStepUp,
  csrfTokenOf: (cookie: string) => string,
): z.input<typeof stepUpCompletedSchema> {
  return {
    acr,
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresIn,
    ...(cookie === undefined ? {} : { csrf_token: csrfTokenOf(cookie.reveal()) }),
  }
}
