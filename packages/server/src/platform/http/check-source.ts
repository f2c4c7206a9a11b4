import { minutes, type RequestContext } from '../../kernel/index.ts'
import type { Route } from './define-route.ts'
import { httpErrors } from './http-errors.ts'
import type { HttpPorts } from './ports.ts'
import { sourceKey } from './source-key.ts'

/** All but what anybody may read: it acts for a user, or wants to. */
export function isSourceJudged({ auth, method }: Pick<Route, 'auth' | 'method'>): boolean {
  return auth.kind !== 'public' || method !== 'GET'
}

/**
 * SECURITY: before anything of the request is looked at, so that the answer is the same for every
 * account, password and session. Recorded, but not without end: see `authenticate`.
 * @throws risk_refused
 */
export async function checkSource(ports: HttpPorts, context: RequestContext): Promise<void> {
  const reason = ports.findSourceRefusal(context)
  if (reason === undefined) return
  const key = `${context.tenant.id}|${sourceKey(context.source.ip)}`
  const { allowed } = await ports.limiter.consume(REFUSED_SOURCES, key)
  if (!allowed) throw httpErrors.too_many_requests({ retryAfter: REFUSED_SOURCES.window })
  const details = { event: 'source', reason }
  await ports.recordRefusal(context, { action: 'risk.refused', details })
  throw httpErrors.risk_refused()
}

const REFUSED_SOURCES = { name: 'refused-sources', limit: 120, window: minutes(1) }
