import { authorize } from '../domains/access/index.ts'
import { recordRefusal } from '../domains/audit/index.ts'
import { checkRiskOfChange } from '../domains/sign-in/index.ts'
import type { HttpPorts } from '../platform/http/index.ts'
import { answerOnce } from '../platform/idempotency/index.ts'
import { csrfTokenOf } from './csrf-token.ts'
import type { Domains } from './domains.ts'
import type { Infrastructure } from './infrastructure.ts'

/** Gives the HTTP layer what it needs of the domains. */
export function createHttpPorts(
  { clock, logger, metrics, limiter, database, sealer, csrfKey }: Infrastructure,
  { directory, authenticator, oauth, devices, risk }: Domains,
): HttpPorts {
  const onAnswerLost = (err: unknown) => logger.warn('http.idempotent_answer_lost', { err })
  return {
    clock,
    logger,
    metrics,
    limiter,
    resolveTenant: (slug) => directory.resolve(slug),
    authenticateBearer: (context, token) => authenticator.bearer(context, token),
    authenticateClient: (context, token) => oauth.authenticateClient(context, token),
    recordRefusal: (context, refusal) => recordRefusal(database, context, refusal),
    authenticateCookie: (context, cookie) => authenticator.cookie(context, cookie),
    verifyDeviceCookie: (tenant, cookie) => devices.cookies.parse(tenant, cookie),
    csrfTokenOf: (cookie) => csrfTokenOf(csrfKey, cookie),
    findSourceRefusal: (context) => risk.findSourceRefusal(context),
    assessRisk: (context) => checkRiskOfChange({ database, risk }, context),
    answerOnce: (...asked) => answerOnce({ database, sealer, onAnswerLost }, ...asked),
    authorize: async (context, permission, routeId) => {
      try {
        authorize(context, permission)
      } catch (error) {
        const details = { permission, route: routeId }
        await recordRefusal(database, context, { action: 'permission.refused', details })
        throw error
      }
    },
  }
}
