import { parseId, type RequestContext } from '../../../kernel/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import type { Sessions } from '../../sessions/index.ts'
import { findDeniedToken } from '../../tokens/index.ts'
import { findActiveClient } from '../clients/store.ts'
import { findGrant } from './grant-store.ts'

export interface TokenLivenessServices {
  readonly database: Database
  readonly sessions: Pick<Sessions, 'findLive'>
}

/**
 * Whether a signed token still counts, after its signature and lifetime were found good: it was not
 * revoked, and what it hangs on lives. A token of a client hangs on its grant, one of our own
 * sign-in on its session, one of a service on the service.
 */
export async function isTokenLive(
  { database, sessions }: TokenLivenessServices,
  context: RequestContext,
  claims: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const { jti, grant, sid, client_id } = claims
  const now = context.clock.now()
  const tenant = context.tenant.id
  if (typeof jti !== 'string') return false
  if (typeof grant === 'string') {
    const [denied, grants] = await database.tenantBatch(tenant, [
      findDeniedToken(jti),
      findGrant(grant, now),
    ])
    return denied.length === 0 && grants.length > 0
  }
  const [denied] = await database.tenantBatch(tenant, [findDeniedToken(jti)])
  if (denied.length > 0) return false
  const sessionId = typeof sid === 'string' ? parseId('ses', sid) : undefined
  if (sessionId !== undefined) return (await sessions.findLive(context, sessionId)) !== undefined
  const clientId = typeof client_id === 'string' ? parseId('cli', client_id) : undefined
  if (clientId === undefined) return false
  const [clients] = await database.tenantBatch(tenant, [findActiveClient(clientId, now)])
  return clients.length > 0
}
