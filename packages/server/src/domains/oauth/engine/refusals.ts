import { minutes } from '../../../kernel/index.ts'
import { sourceKey } from '../../../platform/http/index.ts'
import { insertAuditEvent } from '../../audit/index.ts'
import type { EngineServices } from './engine-services.ts'
import type { RefusedTokens } from './issue-tokens.ts'
import { currentScope } from './request-scope.ts'

/** The client learns no more than RFC 6749 §5.2 has it; why is for the audit trail. */
export function refuseTokens({ reason }: RefusedTokens) {
  currentScope().refusal = { event: 'oauth.token_refused', error: new Error(reason) }
  return reason === 'client_disabled'
    ? {
        status: 401,
        body: { error: 'invalid_client', error_description: 'client authentication failed' },
      }
    : {
        status: 400,
        body: { error: 'invalid_grant', error_description: 'grant request is invalid' },
      }
}

/** Not without end: whoever sends rubbish in a loop would fill a trail that nobody can empty. */
export async function auditRefusal({ database, limiter }: EngineServices): Promise<void> {
  const { refusal, context, failure } = currentScope()
  if (refusal === undefined || failure !== undefined) return
  const key = `${context.tenant.id}|${sourceKey(context.source.ip)}`
  if (!(await limiter.consume(AUDITED_REFUSALS, key)).allowed) return
  const { error } = refusal
  const detail = 'error_detail' in error ? String(error.error_detail) : error.message
  await database.tenantBatch(context.tenant.id, [
    insertAuditEvent(context, {
      action: refusal.event,
      outcome: 'refused',
      details: { error: error.message.slice(0, 200), reason: detail.slice(0, 200) },
    }),
  ])
}

const AUDITED_REFUSALS = { name: 'oauth-refusals', limit: 120, window: minutes(1) }
