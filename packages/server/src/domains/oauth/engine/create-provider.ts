import type { EventEmitter } from 'node:events'
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { TenantRef } from '../../../kernel/index.ts'
import { sha256 } from '../../../platform/crypto/index.ts'
import { isClientSecret } from '../clients/client-secret.ts'
import { tellEndedSessions } from './back-channel-logout.ts'
import { bindBrowserSession, hasNothingToKeep, toPrincipal } from './browser-session.ts'
import { modelsOf } from './engine-models.ts'
import type { EngineServices } from './engine-services.ts'
import { registerJwtBearer } from './jwt-bearer.ts'
import { guardResponses } from './guard-responses.ts'
import { providerConfiguration } from './provider-configuration.ts'
import { rememberOnce } from './record-store.ts'
import { currentScope } from './request-scope.ts'
import { clientOf } from './resource-servers.ts'
import { tenantProviderOf } from './tenant-provider.ts'
import { registerTokenExchange } from './token-exchange.ts'
import type { ProviderKeys } from './signing-keys.ts'

/** The protocol engine of one tenant with one set of keys. */
export function createProvider(
  services: EngineServices,
  tenant: TenantRef,
  keys: ProviderKeys,
): Provider {
  const TenantProvider = tenantProviderOf(services.pages)
  const provider = new TenantProvider(tenant.issuer, providerConfiguration(services, tenant, keys))
  // What is forwarded was checked before: see `mount.ts`.
  provider.proxy = true
  compareSecretsByHash(provider)
  detectReplays(services, provider)
  pingWithoutHarm(services, provider)
  bindBrowserSession(provider, async (live) => {
    const { context } = currentScope()
    await services.sessions.endCurrent({ ...context, principal: toPrincipal(live) })
    await tellEndedSessions(services, async () => provider, context)
  })
  sendSecureCookies(provider)
  provider.use((ctx, next) => guardResponses(services, ctx as KoaContextWithOIDC, next))
  registerTokenExchange(services, provider)
  registerJwtBearer(services, provider)
  observeErrors(services, provider)
  return provider
}

function compareSecretsByHash(provider: Provider): void {
  const { Client } = modelsOf(provider)
  Client.prototype.compareClientSecret = function compare(this: { clientId: string }, actual) {
    return isClientSecret(actual, clientOf(this.clientId).secretHashes)
  }
}

/**
 * CIBA §10.2: whoever was not reached polls. The answer of the user is kept by then, and is not to
 * fail because a client is away.
 */
function pingWithoutHarm({ logger }: EngineServices, provider: Provider): void {
  const { Client } = modelsOf(provider)
  const ping = Client.prototype.backchannelPing
  Client.prototype.backchannelPing = async function pingOnce(request) {
    await ping
      .call(this, request)
      .catch((err: unknown) => logger.warn('oauth.ping_failed', { err }))
  }
}

/** I2: one statement on a table that all nodes share, so two of them can't both find it unused. */
function detectReplays({ database }: EngineServices, provider: Provider): void {
  const { ReplayDetection } = modelsOf(provider)
  ReplayDetection.unique = async (iss, jti, exp) => {
    const { context } = currentScope()
    const [rows] = await database.tenantBatch(context.tenant.id, [
      rememberOnce(sha256(JSON.stringify([iss, jti])), new Date(exp * 1000)),
    ])
    return rows.length > 0
  }
}

/** Browsers take localhost for secure, so this works in development without TLS. */
function sendSecureCookies(provider: Provider): void {
  const create = provider.createContext.bind(provider)
  provider.createContext = (req, res) => {
    const ctx = create(req, res)
    const { cookies } = ctx
    cookies.secure = true
    const set = cookies.set.bind(cookies)
    cookies.set = ((name: string, value?: string | null, options?: object) => {
      const isEmpty = name === provider.cookieName('session') && Boolean(value)
      if (isEmpty && hasNothingToKeep()) return cookies
      return set(name, value, options)
    }) as typeof cookies.set
    return ctx
  }
}

function observeErrors({ logger }: EngineServices, provider: Provider): void {
  provider.on('server_error', (_ctx: unknown, err: Error) => {
    currentScope().failure = err
  })
  ;(provider as EventEmitter).on('error', (err: Error) => logger.error('oauth.failed', { err }))
  for (const [event, action] of REFUSALS) {
    provider.on(event as 'grant.error', (_ctx: unknown, error: Error) => {
      currentScope().refusal ??= { event: action, error }
    })
  }
}

const REFUSALS = [
  ['grant.error', 'oauth.token_refused'],
  ['authorization.error', 'oauth.authorization_refused'],
  ['pushed_authorization_request.error', 'oauth.authorization_refused'],
  ['introspection.error', 'oauth.token_refused'],
  ['revocation.error', 'oauth.token_refused'],
] as const
