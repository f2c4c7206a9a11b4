import { z } from 'zod'
import type { Secret } from '../../kernel/index.ts'
import {
  captchaChallengeSchema,
  captchaPayloadSchema,
  presentCaptcha,
} from '../../platform/captcha/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import { chosenNameSchema, secretText, typedId } from '../../platform/http/index.ts'
import {
  assertionOptionsSchema,
  assertionResponseSchema,
  type CodeMethod,
  confirmOtpSchema,
  factorCodeSchema,
  factorMethodSchema,
  type FactorResponse,
  isWellFormedCode,
  MALFORMED_CODE,
  presentBackupCodes,
  registrationResponseSchema,
  sentSmsCodeSchema,
} from '../factors/index.ts'
import { newPasswordSchema } from '../identity/index.ts'
import type { RefreshedTokens } from './refresh-session.ts'
import type {
  IssuedChallenge,
  PasswordChangeOutcome,
  SignedInUser,
  SignInOutcome,
} from './model.ts'

export const loginSchema = z.strictObject({
  email: z.string().min(1).max(254),
  /** Longer than any password can be: such a guess is refused without being hashed. */
  password: secretText(1024),
  transport: z.enum(['bearer', 'cookie']).default('bearer'),
  captcha: captchaPayloadSchema.optional(),
})

const challengeSchema = secretText(200)

export const verifyFactorSchema = z
  .strictObject({
    challenge: challengeSchema,
    method: factorMethodSchema,
    code: factorCodeSchema.optional(),
    /** For `webauthn`: what the browser answers to the options of `mfa/challenge`. */
    response: assertionResponseSchema.optional(),
    /** Ask for no second factor on this device for a while, if the tenant allows that. */
    trust_device: z.boolean().default(false),
  })
  .refine(
    ({ method, code, response }) =>
      method === 'webauthn' || (response === undefined && isCodeOf(method, code)),
    MALFORMED_CODE,
  )
  .refine(
    ({ method, code, response }) =>
      method !== 'webauthn' || (response !== undefined && code === undefined),
    { path: ['response'], message: 'must be what the browser answered, and come without `code`' },
  )

function isCodeOf(method: CodeMethod | 'sms', code: Secret<string> | undefined): boolean {
  return code !== undefined && isWellFormedCode(method, code)
}

/** The schema has made sure that the one that belongs to the method is there. */
export function toFactorResponse({
  challenge,
  method,
  code,
  response,
}: z.output<typeof verifyFactorSchema>): FactorResponse {
  if (method === 'webauthn' && response !== undefined) {
    return { method, assertion: response, boundTo: sha256(challenge.reveal()) }
  }
  if (method === 'webauthn' || code === undefined) {
    throw new Error('the schema lets no answer pass without its proof')
  }
  if (method !== 'sms') return { method, code }
  return { method, code, boundTo: sha256(challenge.reveal()) }
}

export const challengeFactorSchema = z.strictObject({
  challenge: challengeSchema,
  method: z.enum(['webauthn', 'sms']),
})

/** `options` for `webauthn`; for `sms`, where the code went. */
export const challengedSchema = z.object({
  ...assertionOptionsSchema.partial().shape,
  ...sentSmsCodeSchema.partial().shape,
})

export const passkeySignInSchema = z.strictObject({
  challenge_id: typedId('wch'),
  response: assertionResponseSchema,
  transport: z.enum(['bearer', 'cookie']).default('bearer'),
})

export const passkeyOptionsSchema = assertionOptionsSchema.extend({ challenge_id: z.string() })

export const enrollAtSignInSchema = z.strictObject({ challenge: challengeSchema })

export const completePasskeyEnrollmentSchema = z.strictObject({
  challenge: challengeSchema,
  response: registrationResponseSchema,
  name: chosenNameSchema.optional(),
})

export const confirmEnrollmentSchema = confirmOtpSchema.extend({ challenge: challengeSchema })

export const passwordChangeSchema = z.strictObject({
  challenge: challengeSchema,
  new_password: newPasswordSchema,
})

export const refreshSchema = z.strictObject({
  /** Absent for a browser session, which sends its cookie instead. */
  refresh_token: secretText(200).optional(),
})

const userSchema = z.object({
  id: z.string(),
  email: z.string(),
  email_verified: z.boolean(),
  display_name: z.string().optional(),
  locale: z.string().optional(),
  roles: z.array(z.string()),
})

const issuedChallenge = {
  challenge: z.string(),
  methods: z.array(factorMethodSchema),
  expires_in: z.int(),
}

/** Discriminated by `status`, so that a `switch` in a client is exhaustive. */
export const signInStepSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('complete'),
    user: userSchema,
    access_token: z.string().optional(),
    token_type: z.literal('Bearer').optional(),
    expires_in: z.int().optional(),
    refresh_token: z.string().optional(),
    csrf_token: z.string().optional(),
    /** After an enrolment at sign-in; shown once. */
    backup_codes: z.array(z.string()).optional(),
  }),
  z.object({ status: z.literal('email_verification_required') }),
  z.object({ status: z.literal('captcha_required'), captcha: captchaChallengeSchema }),
  z.object({ status: z.literal('mfa_required'), ...issuedChallenge }),
  z.object({ status: z.literal('mfa_enrollment_required'), ...issuedChallenge }),
  z.object({
    status: z.literal('password_change_required'),
    reason: z.enum(['expired', 'breach', 'administrator']),
    challenge: z.string(),
    expires_in: z.int(),
    /** After an enrolment at sign-in; shown once. */
    backup_codes: z.array(z.string()).optional(),
  }),
])

export const tokensSchema = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  refresh_token: z.string().optional(),
  /** For a browser session. */
  csrf_token: z.string().optional(),
})

type CompleteOutcome = Extract<SignInOutcome, { kind: 'complete' }>

export function presentSignInStep(
  outcome: SignInOutcome,
  csrfTokenOf: (cookie: string) => string,
): z.input<typeof signInStepSchema> {
  switch (outcome.kind) {
    case 'complete':
      return presentComplete(outcome, csrfTokenOf)
    case 'email_verification_required':
      return { status: 'email_verification_required' }
    case 'mfa_required':
    case 'mfa_enrollment_required':
      return { status: outcome.kind, ...presentChallenge(outcome) }
    case 'password_change_required':
      return presentPasswordChange(outcome)
    case 'captcha_required':
      return { status: 'captcha_required', captcha: presentCaptcha(outcome.captcha) }
  }
}

function presentPasswordChange(outcome: PasswordChangeOutcome) {
  const { kind, reason, challenge, expiresIn, backupCodes } = outcome
  return {
    status: kind,
    reason,
    challenge: challenge.reveal(),
    expires_in: expiresIn,
    ...(backupCodes === undefined ? {} : { backup_codes: presentBackupCodes(backupCodes) }),
  }
}

function presentChallenge({ challenge, methods, expiresIn }: IssuedChallenge) {
  return { challenge: challenge.reveal(), methods: [...methods], expires_in: expiresIn }
}

function presentComplete(
  { user, credentials, backupCodes }: CompleteOutcome,
  csrfTokenOf: (cookie: string) => string,
): z.input<typeof signInStepSchema> {
  const common = {
    status: 'complete',
    user: presentUser(user),
    ...(backupCodes === undefined ? {} : { backup_codes: presentBackupCodes(backupCodes) }),
  } as const
  if (credentials.transport === 'cookie') {
    return { ...common, csrf_token: csrfTokenOf(credentials.cookie.reveal()) }
  }
  return {
    ...common,
    access_token: credentials.accessToken,
    token_type: 'Bearer',
    expires_in: credentials.expiresIn,
    refresh_token: credentials.refreshToken.reveal(),
  }
}

export function presentTokens(tokens: RefreshedTokens): z.input<typeof tokensSchema> {
  return {
    access_token: tokens.accessToken,
    token_type: 'Bearer',
    expires_in: tokens.expiresIn,
    ...(tokens.refreshToken === undefined ? {} : { refresh_token: tokens.refreshToken.reveal() }),
  }
}

function presentUser(user: SignedInUser): z.input<typeof userSchema> {
  return {
    id: user.id,
    email: user.email,
    email_verified: user.emailVerified,
    ...(user.displayName === undefined ? {} : { display_name: user.displayName }),
    ...(user.locale === undefined ? {} : { locale: user.locale }),
    roles: [...user.roles],
  }
}
