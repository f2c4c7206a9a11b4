import { z } from 'zod'
import { parsePhoneNumber, type PhoneNumber } from '../../../platform/sms/index.ts'
import { reauthenticationMembers, refineReauthentication } from '../schema.ts'
import type { SmsEnrollment } from './enroll-sms.ts'
import { SMS_NOTICE } from './policy.ts'
import type { SentSmsCode } from './send-sms-code.ts'

const phoneNumberSchema = z
  .string()
  .max(16)
  .transform((text, context): PhoneNumber => {
    const number = parsePhoneNumber(text)
    if (number !== undefined) return number
    const message = 'must be a number in international form such as `+4915112345678`'
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

export const enrollSmsSchema = refineReauthentication(
  z.strictObject({ phone_number: phoneNumberSchema, ...reauthenticationMembers }),
)

export const sentSmsCodeSchema = z.object({
  /** Part of the number. */
  sent_to: z.string(),
  expires_in: z.int(),
})

export const smsEnrollmentSchema = sentSmsCodeSchema.extend({
  id: z.string(),
  /** What the user must be told of codes by SMS. */
  notice: z.string(),
})

export function presentSentSmsCode(sent: SentSmsCode): z.input<typeof sentSmsCodeSchema> {
  return { sent_to: sent.sentTo, expires_in: sent.expiresIn }
}

export function presentSmsEnrollment(
  enrollment: SmsEnrollment,
): z.input<typeof smsEnrollmentSchema> {
  return { id: enrollment.id, ...presentSentSmsCode(enrollment), notice: SMS_NOTICE }
}
