import { defineRoute, type Route } from '../../platform/http/index.ts'
import { accessErrors } from '../access/index.ts'
import { factorErrors } from './errors.ts'
import type { Factors } from './factors.ts'
import { FACTOR_LIMITS } from './policy.ts'
import { reauthenticationErrors } from './reauthentication-errors.ts'
import {
  confirmedSchema,
  confirmOtpSchema,
  enrollmentSchema,
  presentConfirmation,
  presentEnrollment,
  reauthenticationSchema,
  toReauthentication,
} from './schema.ts'

interface Services {
  readonly factors: Factors
}

/** Enrolling what makes codes by itself: by the time, or with each press of a button. */
export function otpRoutes(services: Services): readonly Route[] {
  return [
    enrollRoute(services, {
      id: 'enrollTotp',
      path: '/api/auth/mfa/totp/enroll',
      summary: 'Begin to enrol an authenticator app',
    }),
    confirmRoute(services, {
      id: 'confirmTotp',
      path: '/api/auth/mfa/totp/confirm',
      summary: 'Confirm an authenticator app with a code that it shows',
    }),
    enrollRoute(services, {
      id: 'enrollHotp',
      path: '/api/auth/mfa/hotp/enroll',
      summary: 'Begin to enrol a token that counts (HOTP)',
    }),
    confirmRoute(services, {
      id: 'confirmHotp',
      path: '/api/auth/mfa/hotp/confirm',
      summary: 'Confirm a token that counts with a code that it shows',
    }),
  ]
}

/** The id of the route is the name of its use case. */
interface RouteText<Id extends keyof Factors> {
  readonly id: Id
  readonly path: `/${string}`
  readonly summary: string
}

const enrollRoute = ({ factors }: Services, text: RouteText<'enrollTotp' | 'enrollHotp'>) =>
  defineRoute({
    ...text,
    method: 'POST',
    tag: 'Factors',
    description:
      'Needs the password again. Whoever has a factor sends a code of it too, or steps up before. The secret is shown once and counts after its confirmation.',
    auth: { kind: 'user', isSensitive: true },
    audit: { events: ['factor.enrolled', 'factor.enrollment_refused'] },
    rateLimit: FACTOR_LIMITS.change,
    body: reauthenticationSchema,
    responses: { 201: { description: 'The secret', schema: enrollmentSchema } },
    errors: [
      factorErrors.mfa_disabled,
      factorErrors.factor_code_wrong,
      factorErrors.factor_limit_reached,
      factorErrors.factor_secret_unavailable,
      ...reauthenticationErrors,
    ],
    handler: async (context, { body }) => ({
      status: 201,
      body: presentEnrollment(await factors[text.id](context, toReauthentication(body))),
    }),
  })

const confirmRoute = ({ factors }: Services, text: RouteText<'confirmTotp' | 'confirmHotp'>) =>
  defineRoute({
    ...text,
    method: 'POST',
    tag: 'Factors',
    description: 'The first factor comes with backup codes, which are shown this once.',
    auth: { kind: 'user' },
    audit: { events: ['factor.confirmed', 'factor.confirmation_refused', 'backup_codes.made'] },
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
      body: presentConfirmation(await factors[text.id](context, body)),
    }),
  })
