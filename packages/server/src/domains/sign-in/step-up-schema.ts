import { z } from 'zod'
import { ACR, type Secret } from '../../kernel/index.ts'
import { secretText, typedId } from '../../platform/http/index.ts'
import {
  type AssertionResponse,
  assertionResponseSchema,
  isWellFormedCode,
} from '../factors/index.ts'
import { boundToStepUp } from './begin-factor-assertion.ts'
import type { CompletedStepUp, StepUpMethod, StepUpResponse } from './step-up.ts'
import type { StepUpId } from './step-up-store.ts'

const METHODS = [
  'webauthn',
  'totp',
  'hotp',
  'sms',
  'backup_code',
  'password',
] as const satisfies readonly StepUpMethod[]

/** `acr` absent: a fresh authentication of any strength that the user has. */
export const startStepUpSchema = z.strictObject({
  acr: z.enum([ACR.password, ACR.mfa, ACR.passkey]).optional(),
  /** SHA-256 of the transaction in base64url; what is hashed is for those who agree on it. */
  transaction_digest: z
    .string()
    .regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/)
    .transform((text) => Buffer.from(text, 'base64url'))
    .optional(),
})

export const stepUpStartedSchema = z.object({
  id: z.string(),
  methods: z.array(z.enum(METHODS)),
  expires_in: z.int(),
})

export const challengeStepUpSchema = z.strictObject({ method: z.enum(['webauthn', 'sms']) })

export const stepUpParams = z.strictObject({ step_up_id: typedId('stp') })

export const verifyStepUpSchema = z
  .strictObject({
    method: z.enum(METHODS),
    code: secretText(64).optional(),
    password: secretText(1024).optional(),
    response: assertionResponseSchema.optional(),
  })
  .refine(hasWhatTheMethodNeeds, {
    message: 'send `password` or `response` for that method, else `code` in the form of the method',
  })

export const stepUpCompletedSchema = z.object({
  acr: z.string(),
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  /** For a browser session, whose cookie is another one now. */
  csrf_token: z.string().optional(),
})

interface StepUpAnswer {
  readonly method: StepUpMethod
  readonly code?: Secret<string> | undefined
  readonly password?: Secret<string> | undefined
  readonly response?: AssertionResponse | undefined
}

function hasWhatTheMethodNeeds({ method, code, password, response }: StepUpAnswer): boolean {
  const isAlone = [code, password, response].filter((part) => part !== undefined).length === 1
  if (!isAlone) return false
  if (method === 'password') return password !== undefined
  if (method === 'webauthn') return response !== undefined
  return code !== undefined && isWellFormedCode(method, code)
}

/** The schema has made sure that the one that belongs to the method is there. */
export function toStepUpResponse(
  id: StepUpId,
  { method, code, password, response }: StepUpAnswer,
): StepUpResponse {
  if (method === 'password' && password !== undefined) return { method, password }
  if (method === 'webauthn' && response !== undefined) {
    return { method, assertion: response, boundTo: boundToStepUp(id) }
  }
  if (method === 'password' || method === 'webauthn' || code === undefined) {
    throw new Error('the schema lets no answer pass without its proof')
  }
  return method === 'sms' ? { method, code, boundTo: boundToStepUp(id) } : { method, code }
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
