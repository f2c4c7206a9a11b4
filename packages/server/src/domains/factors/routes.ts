import { ACR } from '../../kernel/index.ts'
import { defineRoute, type Route } from '../../platform/http/index.ts'
import { factorErrors } from './errors.ts'
import type { Factors } from './factors.ts'
import { otpRoutes } from './otp-routes.ts'
import { FACTOR_LIMITS, FRESH_FACTOR } from './policy.ts'
import { reauthenticationErrors } from './reauthentication-errors.ts'
import { smsRoutes } from './sms/routes.ts'
import {
  backupCodesSchema,
  factorParams,
  overviewSchema,
  presentBackupCodes,
  presentOverview,
  reauthenticationSchema,
  renewBackupCodesSchema,
  toReauthentication,
} from './schema.ts'

export interface FactorRouteServices {
  readonly factors: Factors
}

/** What somebody does with the own factors. */
export function factorRoutes(services: FactorRouteServices): readonly Route[] {
  return [
    listRoute(services),
    ...otpRoutes(services),
    ...smsRoutes(services),
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
    errors: [factorErrors.factor_secret_unavailable],
    handler: async (context) => ({
      status: 200,
      body: presentOverview(await factors.list(context)),
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
    auth: { kind: 'user', isSensitive: true, acr: ACR.mfa, maxAge: FRESH_FACTOR },
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
    auth: { kind: 'user', isSensitive: true },
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
