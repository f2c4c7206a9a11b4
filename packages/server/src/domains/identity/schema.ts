import { z } from 'zod'
import type { TenantPolicy } from '../../kernel/index.ts'
import { captchaPayloadSchema } from '../../platform/captcha/index.ts'
import { pageQuery, secretText, typedId, UNSUITABLE_IN_NAMES } from '../../platform/http/index.ts'
import { parseEmailAddress } from '../../platform/mail/index.ts'
import { roleNameSchema } from '../access/index.ts'
import { countCharacters } from './count-characters.ts'
import { PASSWORD_MAX_BYTES, PASSWORD_MAX_CHARACTERS } from './limits.ts'
import type { User } from './model.ts'
import { passwordHashSchema } from './password-hash-schema.ts'
import { passwordRulesOf } from './password-profiles.ts'

export const emailSchema = z
  .string()
  .max(254)
  .refine((text) => parseEmailAddress(text) !== undefined, 'must be one plain e-mail address')

/** Longer than any acceptable password, so that the policy answers 422 and not the schema 400. */
export const newPasswordSchema = secretText(16_384)
const currentPasswordSchema = secretText(PASSWORD_MAX_BYTES)
const tokenSchema = secretText(200)

const displayNameSchema = z
  .string()
  .max(200)
  .refine(
    (text) => countCharacters(text) <= 100 && text.trim() !== '' && !UNSUITABLE_IN_NAMES.test(text),
    'must have 1 to 100 characters, none of them a control character',
  )

/** BCP 47: language, then script, region and variants. */
const localeSchema = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}$/, 'must be a language tag such as `de-CH`')

export const registerSchema = z.strictObject({
  email: emailSchema,
  password: newPasswordSchema,
  display_name: displayNameSchema.optional(),
  locale: localeSchema.optional(),
  captcha: captchaPayloadSchema.optional(),
})

export const tokenBodySchema = z.strictObject({ token: tokenSchema })
export const emailBodySchema = z.strictObject({ email: emailSchema })
export const changeEmailSchema = z.strictObject({ new_email: emailSchema })
/** Of forms that anybody may send, and that cause mail. */
export const askForMailSchema = emailBodySchema.extend({ captcha: captchaPayloadSchema.optional() })
export const redemptionSchema = z.strictObject({ token: tokenSchema, password: newPasswordSchema })

export const changePasswordSchema = z.strictObject({
  current_password: currentPasswordSchema,
  new_password: newPasswordSchema,
})

export const deleteOwnAccountSchema = z.strictObject({ current_password: currentPasswordSchema })

// SECURITY: mass assignment. Only these two; unknown members such as `status` are refused.
export const updateProfileSchema = z.strictObject({
  display_name: displayNameSchema.nullable().optional(),
  locale: localeSchema.nullable().optional(),
})

export const createUserSchema = z
  .strictObject({
    email: emailSchema,
    password: newPasswordSchema.optional(),
    password_hash: passwordHashSchema.optional(),
    display_name: displayNameSchema.optional(),
    locale: localeSchema.optional(),
    roles: z.array(roleNameSchema).max(20).optional(),
    send_invitation: z.boolean().optional(),
  })
  .refine((body) => body.password === undefined || body.password_hash === undefined, {
    path: ['password_hash'],
    message: 'a user has one password: send it or its hash',
  })
  .refine(
    (body) =>
      body.send_invitation !== true ||
      (body.password === undefined && body.password_hash === undefined),
    {
      path: ['send_invitation'],
      message: 'an invited user chooses the password: send one of the two',
    },
  )

export const listUsersQuery = pageQuery.extend({
  after: typedId('usr').optional(),
  email: z.string().min(1).max(254).optional(),
  status: z.enum(['active', 'suspended']).optional(),
})

export const acceptedSchema = z.object({ status: z.literal('accepted') })
export const registeredSchema = z.object({ status: z.literal('email_verification_required') })
export const emailChangedSchema = z.object({ status: z.literal('email_changed') })
export const emailChangeUndoneSchema = z.object({ status: z.literal('email_change_undone') })
export const unlockedSchema = z.object({ status: z.literal('unlocked') })
export const verifiedSchema = z.object({ status: z.literal('email_verified') })

export const passwordPolicySchema = z.object({
  minimum_characters: z.int(),
  maximum_characters: z.int(),
  maximum_bytes: z.int(),
  rules: z.array(z.string()),
})

export const userSchema = z.object({
  id: z.string(),
  email: z.string(),
  email_verified: z.boolean(),
  display_name: z.string().nullable(),
  locale: z.string().nullable(),
  status: z.enum(['active', 'suspended']),
  created_at: z.iso.datetime(),
})

export const userWithRolesSchema = userSchema.extend({ roles: z.array(z.string()) })

export const meSchema = userWithRolesSchema
  .omit({ status: true })
  .extend({ permissions: z.array(z.string()) })

export function presentUser(user: User): z.input<typeof userSchema> {
  return { ...presentProfile(user), status: user.status }
}

export type ProfileOfUser = Omit<User, 'emailKey' | 'status'>

/** Without the status: only an active user ever sees the own profile. */
export function presentProfile(user: ProfileOfUser): Omit<z.input<typeof userSchema>, 'status'> {
  return {
    id: user.id,
    email: user.email,
    email_verified: user.emailVerifiedAt !== undefined,
    display_name: user.displayName ?? null,
    locale: user.locale ?? null,
    created_at: user.createdAt.toISOString(),
  }
}

export function presentPasswordPolicy(policy: TenantPolicy): z.input<typeof passwordPolicySchema> {
  const rules = passwordRulesOf(policy)
  return {
    minimum_characters: rules.minimumCharacters,
    maximum_characters: PASSWORD_MAX_CHARACTERS,
    maximum_bytes: PASSWORD_MAX_BYTES,
    rules: [
      'not_common',
      'not_guessable',
      'not_about_yourself',
      ...(rules.needsLettersAndDigits ? ['letters_and_digits'] : []),
      ...(rules.rememberedPasswords > 0 ? ['not_used_before'] : []),
    ],
  }
}
