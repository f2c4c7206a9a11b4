import { z } from 'zod'
import { Secret } from '../../kernel/index.ts'
import { typedId } from '../../platform/http/index.ts'
import { isBackupCode } from './backup-code.ts'
import type { FactorOverview } from './factors.ts'
import type { CodeMethod, Confirmation, FactorResponse, OtpEnrollment } from './model.ts'

/** Longer than any password can be, in bytes: such a guess is refused without being hashed. */
const currentPasswordSchema = z
  .string()
  .min(1)
  .max(1024)
  .transform((text) => new Secret(text))

/** Exactly six ASCII digits: `\d` of other languages' regular expressions would take more. */
const otpCodeSchema = z
  .string()
  .regex(/^[0-9]{6}$/, 'must be exactly six digits from 0 to 9')
  .transform((text) => new Secret(text))

export const codeMethodSchema = z.enum(['totp', 'hotp', 'backup_code'])
export const factorMethodSchema = z.enum(['webauthn', 'totp', 'hotp', 'sms', 'backup_code'])

/** A code whose form depends on the method; see `isWellFormedCode`. */
export const factorCodeSchema = z
  .string()
  .min(1)
  .max(64)
  .transform((text) => new Secret(text))

/** What has the wrong form is no guess: it is malformed, and not counted. */
export function isWellFormedCode(method: CodeMethod | 'sms', code: Secret<string>): boolean {
  // Zod also asks about a code that it has refused already, and has not made a Secret.
  const text = code instanceof Secret ? code.reveal() : ''
  switch (method) {
    case 'totp':
    case 'hotp':
    case 'sms':
      return /^[0-9]{6}$/.test(text)
    case 'backup_code':
      return isBackupCode(text)
  }
}

export const MALFORMED_CODE = {
  path: ['code'],
  message: 'must be six digits, or a backup code such as `4h7k-m2qx-9tzb`',
}

/** The password again, and a code where the session has not proven a factor a moment ago. */
export const reauthenticationMembers = {
  current_password: currentPasswordSchema,
  method: codeMethodSchema.default('totp'),
  code: factorCodeSchema.optional(),
}

interface GivenCode {
  readonly method: CodeMethod
  readonly code?: Secret<string> | undefined
}

export function refineReauthentication<S extends z.ZodType<GivenCode>>(schema: S): S {
  return schema.refine(
    ({ method, code }) => code === undefined || isWellFormedCode(method, code),
    MALFORMED_CODE,
  )
}

export const reauthenticationSchema = refineReauthentication(
  z.strictObject(reauthenticationMembers),
)

export const renewBackupCodesSchema = z.strictObject({ current_password: currentPasswordSchema })

export const confirmOtpSchema = z.strictObject({ id: typedId('fct'), code: otpCodeSchema })

export const factorParams = z.strictObject({ factor_id: typedId('fct') })

export const overviewSchema = z.object({
  factors: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['totp', 'hotp', 'sms']),
      /** Of `sms`; most digits are hidden. */
      phone_number: z.string().optional(),
      created_at: z.iso.datetime(),
      last_used_at: z.iso.datetime().nullable(),
    }),
  ),
  backup_codes_left: z.int(),
})

export const enrollmentSchema = z.object({
  id: z.string(),
  /** Base 32; shown once. */
  secret: z.string(),
  otpauth_uri: z.string(),
})

export const backupCodesSchema = z.object({ backup_codes: z.array(z.string()) })

export const confirmedSchema = z.object({
  status: z.literal('confirmed'),
  /** With the first factor only; shown once. */
  backup_codes: z.array(z.string()).optional(),
})

export function toReauthentication({
  current_password,
  method,
  code,
}: z.output<typeof reauthenticationSchema>): {
  currentPassword: Secret<string>
  response: FactorResponse | undefined
} {
  const response = code === undefined ? undefined : { method, code }
  return { currentPassword: current_password, response }
}

export function presentOverview(overview: FactorOverview): z.input<typeof overviewSchema> {
  return {
    factors: overview.factors.map((factor) => ({
      id: factor.id,
      kind: factor.kind,
      ...(factor.maskedNumber === undefined ? {} : { phone_number: factor.maskedNumber }),
      created_at: factor.createdAt.toISOString(),
      last_used_at: factor.lastUsedAt?.toISOString() ?? null,
    })),
    backup_codes_left: overview.backupCodesLeft,
  }
}

export function presentEnrollment(enrollment: OtpEnrollment): z.input<typeof enrollmentSchema> {
  const { id, secret, uri } = enrollment
  return { id, secret: secret.reveal(), otpauth_uri: uri.reveal() }
}

export function presentBackupCodes(codes: readonly Secret<string>[]): string[] {
  return codes.map((code) => code.reveal())
}

export function presentConfirmation({
  backupCodes,
}: Confirmation): z.input<typeof confirmedSchema> {
  if (backupCodes === undefined) return { status: 'confirmed' }
  return { status: 'confirmed', backup_codes: presentBackupCodes(backupCodes) }
}
