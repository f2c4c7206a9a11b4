import { parseId, type RequestContext } from '../../../kernel/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import type { Sessions } from '../../sessions/index.ts'
import { findDeniedToken } from '../../tokens/index.ts'
import { clientIdOf } from '../clients/client-document.ts'
import type { ClientWithSecrets } from '../clients/model.ts'
import {
  type ClientWithSecretsRow,
  findActiveClient,
  toClientWithSecrets,
} from '../clients/store.ts'
import { findGrant } from './grant-store.ts'

export interface TokenLivenessServices {
  readonly database: Database
  readonly sessions: Pick<Sessions, 'findLive'>
}

/** Whether a signed token still counts; see `findLiveToken`. */
export async function isTokenLive(
  services: TokenLivenessServices,
  context: RequestContext,
  claims: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  return (await findLiveToken(services, context, claims)) !== undefined
}

export interface LiveToken {
  /** The client that has it, as it is now; undefined for a token of our own sign-in. */
  readonly holder: ClientWithSecrets | undefined
}

/**
 * A signed token that still counts, after its signature and lifetime were found good: it was not
 * revoked, and what it hangs on lives. A token of a client hangs on its grant, one of our own
 * sign-in on its session, one of a service on the service.
 */
export async function findLiveToken(
  { database, sessions }: TokenLivenessServices,
  context: RequestContext,
  claims: Readonly<Record<string, unknown>>,
): Promise<LiveToken | undefined> {
  const { jti, grant, sid, client_id } = claims
  const now = context.clock.now()
  const tenant = context.tenant.id
  const holder = typeof client_id === 'string' ? clientIdOf(tenant, client_id) : undefined
  if (typeof jti !== 'string') return undefined
  if (typeof grant === 'string') {
    if (holder === undefined) return undefined
    const [denied, grants, holders] = await database.tenantBatch(tenant, [
      findDeniedToken(jti),
      findGrant(grant, now),
      findActiveClient(holder, now),
    ])
    // RFC 8693: who holds the token may be another client than the one that the user allowed.
    return denied.length === 0 && grants.length > 0 ? heldBy(holders) : undefined
  }
  const sessionId = typeof sid === 'string' ? parseId('ses', sid) : undefined
  if (sessionId !== undefined) {
    const [denied] = await database.tenantBatch(tenant, [findDeniedToken(jti)])
    if (denied.length > 0) return undefined
    const session = await sessions.findLive(context, sessionId)
    return session === undefined ? undefined : { holder: undefined }
  }
  if (holder === undefined) return undefined
  const [denied, holders] = await database.tenantBatch(tenant, [
    findDeniedToken(jti),
    findActiveClient(holder, now),
  ])
  return denied.length === 0 ? heldBy(holders) : undefined
}

function heldBy([row]: readonly ClientWithSecretsRow[]): LiveToken | undefined {
  return row === undefined ? undefined : { holder: toClientWithSecrets(row) }
}
