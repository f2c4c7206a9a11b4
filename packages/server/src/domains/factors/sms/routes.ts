import { defineRoute, type Route } from '../../../platform/http/index.ts'
import { accessErrors } from '../../access/index.ts'
import { factorErrors } from '../errors.ts'
import type { Factors } from '../factors.ts'
import { FACTOR_LIMITS } from '../policy.ts'
import { reauthenticationErrors } from '../reauthentication-errors.ts'
import {
  confirmedSchema,
  confirmOtpSchema,
  presentConfirmation,
  toReauthentication,
} from '../schema.ts'
import { smsErrors } from './errors.ts'
import { SMS_ROUTE_LIMIT } from './policy.ts'
import { enrollSmsSchema, presentSmsEnrollment, smsEnrollmentSchema } from './schema.ts'

interface Services {
  readonly factors: Pick<Factors, 'enrollSms' | 'confirmSms'>
}

/** Enrolling a phone number, as a fallback. */
export function smsRoutes(services: Services): readonly Route[] {
  return [enrollRoute(services), confirmRoute(services)]
}

const enrollRoute = ({ factors }: Services) =>
  defineRoute({
    id: 'enrollSms',
    method: 'POST',
    path: '/api/auth/mfa/sms/enroll',
    tag: 'Factors',
    summary: 'Begin to enrol a phone number for codes by SMS',
    description:
      'Needs the password again. Whoever has a factor sends a code of it too, or steps up before. A code goes to the number; show `notice` to the user. A number that is there already is replaced when the new one is confirmed.',
    auth: { kind: 'user', isSensitive: true },
    audit: {
      events: ['factor.enrolled', 'factor.enrollment_refused', 'sms.code_sent', 'sms.code_refused'],
    },
    rateLimit: SMS_ROUTE_LIMIT,
    body: enrollSmsSchema,
    responses: { 201: { description: 'A code is on its way', schema: smsEnrollmentSchema } },
    errors: [
      factorErrors.mfa_disabled,
      factorErrors.factor_code_wrong,
      factorErrors.factor_secret_unavailable,
      smsErrors.sms_disabled,
      smsErrors.sms_destination_refused,
      smsErrors.sms_limit_reached,
      ...reauthenticationErrors,
    ],
    handler: async (context, { body: { phone_number, ...proof } }) => ({
      status: 201,
      body: presentSmsEnrollment(
        await factors.enrollSms(context, phone_number, toReauthentication(proof)),
      ),
    }),
  })

const confirmRoute = ({ factors }: Services) =>
  defineRoute({
    id: 'confirmSms',
    method: 'POST',
    path: '/api/auth/mfa/sms/confirm',
    tag: 'Factors',
    summary: 'Confirm a phone number with the code that was sent there',
    description: 'The first factor comes with backup codes, which are shown this once.',
    auth: { kind: 'user' },
    audit: {
      events: [
        'factor.confirmed',
        'factor.confirmation_refused',
        'factor.removed',
        'backup_codes.made',
      ],
    },
    rateLimit: FACTOR_LIMITS.change,
    body: confirmOtpSchema,
    responses: { 200: { description: 'The factor counts from now on', schema: confirmedSchema } },
    errors: [
      factorErrors.factor_not_found,
      factorErrors.factor_code_wrong,
      factorErrors.factor_secret_unavailable,
      accessErrors.user_not_found,
    ],
    handler: async (context, { body }) => ({
      status: 200,
      body: presentConfirmation(await factors.confirmSms(context, body)),
    }),
  })
