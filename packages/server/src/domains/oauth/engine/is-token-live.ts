import { parseId, type RequestContext } from '../../../kernel/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import type { Sessions } from '../../sessions/index.ts'
import { findDeniedToken } from '../../tokens/index.ts'
import { clientIdOf } from '../clients/client-document.ts'
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
  const holder = typeof client_id === 'string' ? clientIdOf(tenant, client_id) : undefined
  if (typeof jti !== 'string') return false
  if (typeof grant === 'string') {
    if (holder === undefined) return false
    const [denied, grants, holders] = await database.tenantBatch(tenant, [
      findDeniedToken(jti),
      findGrant(grant, now),
      findActiveClient(holder, now),
    ])
    // RFC 8693: who holds the token may be another client than the one that the user allowed.
    return denied.length === 0 && grants.length > 0 && holders.length > 0
  }
  const [denied] = await database.tenantBatch(tenant, [findDeniedToken(jti)])
  if (denied.length > 0) return false
  const sessionId = typeof sid === 'string' ? parseId('ses', sid) : undefined
  if (sessionId !== undefined) return (await sessions.findLive(context, sessionId)) !== undefined
  if (holder === undefined) return false
  const [clients] = await database.tenantBatch(tenant, [findActiveClient(holder, now)])
  return clients.length > 0
}
