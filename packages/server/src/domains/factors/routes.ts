import { ACR } from '../../kernel/index.ts'
import { defineRoute, httpErrors, type Route } from '../../platform/http/index.ts'
import { passwordHashingErrors } from '../../platform/password-hashing/index.ts'
import { accessErrors } from '../access/index.ts'
import { identityErrors } from '../identity/index.ts'
import { factorErrors } from './errors.ts'
import type { Factors } from './factors.ts'
import { FACTOR_LIMITS, FRESH_FACTOR } from './policy.ts'
import {
  backupCodesSchema,
  confirmedSchema,
  confirmTotpSchema,
  enrollmentSchema,
  factorParams,
  overviewSchema,
  presentBackupCodes,
  presentConfirmation,
  presentEnrollment,
  presentOverview,
  reauthenticationSchema,
  renewBackupCodesSchema,
  toReauthentication,
} from './schema.ts'

export interface FactorRouteServices {
  readonly factors: Factors
}

const reauthenticationErrors = [
  identityErrors.current_password_wrong,
  accessErrors.user_not_found,
  httpErrors.insufficient_user_authentication,
  passwordHashingErrors.overloaded,
]

/** What somebody does with the own factors. */
export function factorRoutes(services: FactorRouteServices): readonly Route[] {
  return [
    listRoute(services),
    enrollRoute(services),
    confirmRoute(services),
    backupCodesRoute(services),
    removeRoute(services),
  ]
}

const listRoute = ({ factors }: FactorRouteServices) =>
  defineRoute({
    id: 'listFactors',
    method: 'GET',
    path: '/api/auth/mfa',
    tag: 'Factors',
    summary: 'List your second factors',
    auth: { kind: 'user' },
    audit: { none: 'a read of the own factors' },
    rateLimit: FACTOR_LIMITS.read,
    responses: {
      200: { description: 'Factors and how many backup codes are left', schema: overviewSchema },
    },
    errors: [],
    handler: async (context) => ({
      status: 200,
      body: presentOverview(await factors.list(context)),
    }),
  })

const enrollRoute = ({ factors }: FactorRouteServices) =>
  defineRoute({
    id: 'enrollTotp',
    method: 'POST',
    path: '/api/auth/mfa/totp/enroll',
    tag: 'Factors',
    summary: 'Begin to enrol an authenticator app',
    description:
      'Needs the password again. Whoever has a factor sends a code of it too, or steps up before. The secret is shown once and counts after its confirmation.',
    auth: { kind: 'user' },
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
      body: presentEnrollment(await factors.enrollTotp(context, toReauthentication(body))),
    }),
  })

const confirmRoute = ({ factors }: FactorRouteServices) =>
  defineRoute({
    id: 'confirmTotp',
    method: 'POST',
    path: '/api/auth/mfa/totp/confirm',
    tag: 'Factors',
    summary: 'Confirm an authenticator app with a code that it shows',
    description: 'The first factor comes with backup codes, which are shown this once.',
    auth: { kind: 'user' },
    audit: { events: ['factor.confirmed', 'factor.confirmation_refused', 'backup_codes.made'] },
    rateLimit: FACTOR_LIMITS.change,
    body: confirmTotpSchema,
    responses: { 200: { description: 'The factor counts from now on', schema: confirmedSchema } },
    errors: [
      factorErrors.factor_not_found,
      factorErrors.factor_code_wrong,
      factorErrors.factor_secret_unavailable,
      accessErrors.user_not_found,
    ],
    handler: async (context, { body }) => ({
      status: 200,
      body: presentConfirmation(await factors.confirmTotp(context, body)),
    }),
  })

const backupCodesRoute = ({ factors }: FactorRouteServices) =>
  defineRoute({
    id: 'renewBackupCodes',
    method: 'POST',
    path: '/api/auth/mfa/backup-codes',
    tag: 'Factors',
    summary: 'Get a new set of backup codes',
    description:
      'The codes before are dead at once. Needs the password, and a factor proven within five minutes.',
    auth: { kind: 'user', acr: ACR.mfa, maxAge: FRESH_FACTOR },
    audit: { events: ['backup_codes.made', 'backup_codes.refused'] },
    rateLimit: FACTOR_LIMITS.change,
    body: renewBackupCodesSchema,
    responses: { 201: { description: 'The codes, shown once', schema: backupCodesSchema } },
    errors: [factorErrors.factor_missing, ...reauthenticationErrors],
    handler: async (context, { body }) => {
      const codes = await factors.renewBackupCodes(context, body.current_password)
      return { status: 201, body: { backup_codes: presentBackupCodes(codes) } }
    },
  })

const removeRoute = ({ factors }: FactorRouteServices) =>
  defineRoute({
    id: 'removeFactor',
    method: 'DELETE',
    path: '/api/auth/mfa/{factor_id}',
    tag: 'Factors',
    summary: 'Remove a second factor',
    description:
      'Ends every other session. Needs the password and a code of any factor, or a factor proven within five minutes.',
    auth: { kind: 'user' },
    audit: { events: ['factor.removed', 'factor.removal_refused', 'session.several_ended'] },
    rateLimit: FACTOR_LIMITS.change,
    params: factorParams,
    body: reauthenticationSchema,
    responses: { 204: { description: 'The factor is gone' } },
    errors: [
      factorErrors.factor_not_found,
      factorErrors.factor_required,
      factorErrors.factor_code_wrong,
      factorErrors.factor_secret_unavailable,
      ...reauthenticationErrors,
    ],
    handler: async (context, { params: { factor_id }, body }) => {
      await factors.remove(context, factor_id, toReauthentication(body))
      return { status: 204 }
    },
  })
