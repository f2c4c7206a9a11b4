import { errors, type Grant } from 'oidc-provider'
import { parseId, toNumericDate, type UserContext } from '../../kernel/index.ts'
import { insertAuditEvent } from '../audit/index.ts'
import type { EngineServices } from './engine/engine-services.ts'
import { modelsOf } from './engine/engine-models.ts'
import { openScope } from './engine/open-scope.ts'
import type { ProviderRegistry } from './engine/provider-registry.ts'
import { openPayload, type Payload } from './engine/record-payload.ts'
import { findRecordsOfUser } from './engine/record-store.ts'
import { type RequestScope, runInScope } from './engine/request-scope.ts'
import { clientOf, getResourceServerInfo } from './engine/resource-servers.ts'
import { sessionIdFor } from './engine/subject-for.ts'
import { oauthErrors } from './errors.ts'

/** What a client asks of a user who is elsewhere. @see OpenID Connect CIBA Core 1.0 §7 */
export interface AuthenticationRequest {
  /** Hash of the id that the client polls with. */
  readonly id: string
  readonly clientId: string
  readonly clientName: string
  readonly scopes: readonly string[]
  /** Stands on both devices, so that the user sees that they belong together. */
  readonly bindingMessage: string | undefined
  readonly expiresAt: Date
}

interface Waiting extends AuthenticationRequest {
  readonly payload: Payload
}

export interface RequestServices extends EngineServices {
  readonly registry: ProviderRegistry
}

export async function listAuthenticationRequests(
  services: RequestServices,
  context: UserContext,
): Promise<readonly AuthenticationRequest[]> {
  return findWaiting(services, context)
}

/**
 * The user answers in a session of their own; the grant belongs to that session, and the gate asks
 * of it what it asks of every other.
 * @throws authentication_request_not_found
 */
export async function answerAuthenticationRequest(
  services: RequestServices,
  context: UserContext,
  { id, isApproved }: { readonly id: string; readonly isApproved: boolean },
): Promise<void> {
  const request = (await findWaiting(services, context)).find((one) => one.id === id)
  const live = await services.sessions.findLive(context, context.principal.sessionId)
  if (request === undefined || live === undefined) {
    throw oauthErrors.authentication_request_not_found()
  }
  const opened = await openScope(services, { context, sessionCookie: undefined, path: '' })
  const scope: RequestScope = { ...opened, live }
  const provider = await services.registry.get(context.tenant)
  await runInScope(scope, async () => {
    const requestId = String(request.payload['jti'])
    if (!isApproved) {
      await provider.backchannelResult(requestId, new errors.AccessDenied())
      return
    }
    const { Client, Grant } = modelsOf(provider)
    await Client.find(request.clientId)
    const grant = new Grant({ accountId: live.userId, clientId: request.clientId })
    allow(grant, request)
    await grant.save()
    await provider.backchannelResult(requestId, grant, {
      acr: live.acr,
      amr: [...live.amr],
      authTime: toNumericDate(live.authTime),
      sid: sessionIdFor(clientOf(request.clientId), live.sessionId),
      sessionUid: live.sessionId,
    })
  })
  await services.database.tenantBatch(context.tenant.id, [
    insertAuditEvent(context, {
      action: isApproved ? 'oauth.request_approved' : 'oauth.request_denied',
      outcome: isApproved ? 'success' : 'refused',
      target: { kind: 'client', id: request.clientId },
      details: { scopes: request.scopes },
    }),
  ])
}

/** What the client asked for and is registered for; the user has seen all of it. */
function allow(grant: Grant, { payload, scopes, clientId }: Waiting): void {
  grant.addOIDCScope([...scopes])
  const { resource } = payload
  for (const one of [resource].flat().filter((name) => typeof name === 'string')) {
    const offered = getResourceServerInfo({} as never, one, { clientId }).scope.split(' ')
    grant.addResourceScope(
      one,
      scopes.filter((scope) => offered.includes(scope)),
    )
  }
}

async function findWaiting(
  { database, sealer, clients }: RequestServices,
  context: UserContext,
): Promise<readonly Waiting[]> {
  const { tenant, principal, clock } = context
  const [rows] = await database.tenantBatch(tenant.id, [
    findRecordsOfUser(KIND, principal.userId, clock.now()),
  ])
  const found = await Promise.all(
    rows.map(async (row): Promise<Waiting | undefined> => {
      const name = { tenant: tenant.id, kind: KIND, idHash: row.id_hash }
      const payload = openPayload(sealer, name, row.payload_sealed)
      const clientId = parseId('cli', String(payload['clientId']))
      const client =
        clientId === undefined ? undefined : await clients.findActive(context, clientId)
      if (client === undefined || payload['error'] !== undefined) return undefined
      const parameters = (payload['params'] ?? {}) as Record<string, unknown>
      const message = parameters['binding_message']
      return {
        id: row.id_hash.toString('hex'),
        clientId: client.id,
        clientName: client.name,
        scopes: typeof payload['scope'] === 'string' ? payload['scope'].split(' ') : [],
        bindingMessage: typeof message === 'string' ? message : undefined,
        expiresAt: new Date(Number(payload['exp']) * 1000),
        payload,
      }
    }),
  )
  return found.filter((one) => one !== undefined)
}

const KIND = 'BackchannelAuthenticationRequest'
