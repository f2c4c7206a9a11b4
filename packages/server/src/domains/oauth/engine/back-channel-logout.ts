import type Provider from 'oidc-provider'
import { fromUuid, type RequestContext } from '../../../kernel/index.ts'
import { type Statement, sql } from '../../../platform/db/index.ts'
import type { EngineServices } from './engine-services.ts'
import { openScope } from './open-scope.ts'
import { modelsOf } from './engine-models.ts'
import { clientOf } from './resource-servers.ts'
import { sessionIdFor } from './subject-for.ts'
import { runInScope } from './request-scope.ts'

interface Farewell {
  id: string
  client_id: string
  user_id: string
  session_id: string
}

/**
 * Tells clients that a session of theirs has ended, whatever ended it. Each is told until it
 * answers, five times at most. This runs for every tenant every few minutes, and nearly none has
 * anybody to tell: only for those is the engine made, which takes tens of milliseconds and signing
 * keys. If it can't be made, that was no attempt.
 * @see OpenID Connect Back-Channel Logout 1.0 §2.5
 */
export async function tellEndedSessions(
  services: EngineServices,
  openProvider: () => Promise<Provider>,
  context: RequestContext,
): Promise<void> {
  const { database, logger } = services
  const [waiting] = await database.tenantBatch(context.tenant.id, [findFarewells()])
  if (waiting.length === 0) return
  const provider = await openProvider()
  const [rows] = await database.tenantBatch(context.tenant.id, [
    claimFarewells(waiting.map(({ id }) => id)),
  ])
  const scope = await openScope(services, { context, sessionCookie: undefined, path: '' })
  await runInScope(scope, async () => {
    const told = await Promise.all(
      rows.map((row) =>
        tell(provider, row).then(
          () => row.id,
          (err: unknown) => {
            logger.warn('oauth.back_channel_logout_failed', { err })
          },
        ),
      ),
    )
    const ids = told.filter((id) => id !== undefined)
    await database.tenantBatch(context.tenant.id, [markTold(ids, context.clock.now())])
  })
}

async function tell(provider: Provider, farewell: Farewell): Promise<void> {
  const { Client } = modelsOf(provider)
  const client = await Client.find(fromUuid('cli', farewell.client_id))
  if (client === undefined) return
  const known = clientOf(fromUuid('cli', farewell.client_id))
  const sid = sessionIdFor(known, fromUuid('ses', farewell.session_id))
  await client.backchannelLogout(fromUuid('usr', farewell.user_id), sid)
}

function findFarewells(): Statement<{ id: string }> {
  return sql<{ id: string }>`
    SELECT o.id
      FROM oauth_grants o
      JOIN sessions s ON s.tenant_id = o.tenant_id AND s.id = o.session_id
      JOIN oauth_clients c ON c.tenant_id = o.tenant_id AND c.id = o.client_id
     WHERE o.tenant_id = current_tenant_id() AND s.ended_at IS NOT NULL
       AND c.metadata->>'backchannel_logout_uri' IS NOT NULL
       AND o.logout_told_at IS NULL AND o.logout_attempts < ${MAX_ATTEMPTS}
     LIMIT 50`
}

function claimFarewells(ids: readonly string[]): Statement<Farewell> {
  return sql<Farewell>`
    UPDATE oauth_grants g
       SET logout_attempts = g.logout_attempts + 1
     WHERE g.tenant_id = current_tenant_id() AND g.id = ANY(${ids})
       AND g.logout_told_at IS NULL AND g.logout_attempts < ${MAX_ATTEMPTS}
    RETURNING g.id, g.client_id, g.user_id, g.session_id`
}

function markTold(ids: readonly string[], now: Date): Statement {
  return sql`
    UPDATE oauth_grants SET logout_told_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ANY(${ids})`
}

const MAX_ATTEMPTS = 5
