import type Provider from 'oidc-provider'
import { errors, type ResourceServer, type TokenEndpointGrantContext } from 'oidc-provider'
import { parseId } from '../../../kernel/index.ts'
import type { ClientWithSecrets } from '../clients/model.ts'
import { GRANT_TYPES } from '../clients/profiles.ts'
import type { EngineServices } from './engine-services.ts'
import { findGrant, type GrantFacts, toGrantFacts } from './grant-store.ts'
import type { IssuedTokenModels } from './issued-token-models.ts'
import { isTokenLive } from './is-token-live.ts'
import { currentScope } from './request-scope.ts'
import { clientOf, getResourceServerInfo } from './resource-servers.ts'
import { type Claims, verifyOwnToken } from './verify-own-token.ts'

interface ExchangeParameters {
  readonly subject_token?: string
  readonly subject_token_type?: string
  readonly requested_token_type?: string
  readonly actor_token?: string
  readonly resource?: string
  readonly audience?: string
  readonly scope?: string
}

/**
 * A resource server exchanges the token that it was called with for one that it calls the next with.
 *
 * SECURITY: nothing is gained by it. The new token speaks for the same user under the same grant,
 * says who acts, has no scope that the first one lacks, ends no later, and is for a resource server
 * that the exchanging client is registered for. Only who was meant by a token may exchange it.
 * @see RFC 8693 §2
 */
export function registerTokenExchange(services: EngineServices, provider: Provider): void {
  provider.registerGrantType<ExchangeParameters>(
    GRANT_TYPES.tokenExchange,
    (ctx) => exchange(services, provider, ctx),
    PARAMETERS,
  )
}

async function exchange(
  services: EngineServices,
  provider: Provider,
  ctx: TokenEndpointGrantContext<ExchangeParameters>,
): Promise<void> {
  const { params } = ctx.oidc
  const client = clientOf(ctx.oidc.client.clientId)
  checkForm(ctx, client)
  const claims = await verifySubject(services, params.subject_token ?? '')
  checkIsMeant(client, claims)
  const grant = await findSubjectGrant(services, claims)
  const resource = params.resource ?? params.audience ?? ''
  const server = getResourceServerInfo(ctx, resource, { clientId: client.id })
  const scope = narrow(params.scope, claims, offeredTo(client, grant, { resource, server }))
  const { held } = currentScope()
  if (held === undefined) throw new TypeError('no token endpoint')
  held.exchange = {
    grantClientId: grant.clientId,
    exp: claims.exp,
    // Whom the first token names, as it names them: no other sector learns more by an exchange.
    sub: claims['sub'],
    sid: claims['sid'],
    // RFC 8693 §4.1: the newest actor stands outside, those before it inside.
    act: { sub: client.id, ...(claims['act'] === undefined ? {} : { act: claims['act'] }) },
  }
  const { AccessToken, ResourceServer } = provider as unknown as IssuedTokenModels
  const token = new AccessToken({
    accountId: grant.userId,
    client: ctx.oidc.client,
    grantId: grant.id,
    gty: 'token_exchange',
    sid: grant.sessionId,
    scope,
  })
  token.resourceServer = new ResourceServer(resource, { ...server, accessTokenFormat: 'jwt' })
  const value = await token.save()
  ctx.body = {
    access_token: value,
    issued_token_type: ACCESS_TOKEN,
    token_type: 'Bearer',
    expires_in: Math.min(token.expiration, Math.floor(remaining(claims))),
    scope,
  }
}

function checkForm(
  ctx: TokenEndpointGrantContext<ExchangeParameters>,
  client: ClientWithSecrets,
): void {
  const { params } = ctx.oidc
  const { subject_token_type: type, requested_token_type: wanted = ACCESS_TOKEN } = params
  if (params.subject_token === undefined || type === undefined) {
    throw new errors.InvalidRequest('subject_token and subject_token_type are required')
  }
  if (!EXCHANGEABLE.has(type) || wanted !== ACCESS_TOKEN) {
    throw new errors.InvalidRequest('only access tokens are exchanged, for access tokens')
  }
  // The exchanging client itself is the actor; it has proven who it is.
  if (params.actor_token !== undefined) {
    throw new errors.InvalidRequest('actor_token is not supported')
  }
  if (params.resource === undefined && params.audience === undefined) {
    throw new errors.InvalidTarget('resource or audience is required')
  }
  const { metadata } = client
  const isBound =
    metadata.dpop_bound_access_tokens === true ||
    metadata.tls_client_certificate_bound_access_tokens === true
  if (isBound) throw new errors.InvalidRequest('this client gets bound tokens only')
}

async function verifySubject(services: EngineServices, token: string): Promise<Claims> {
  const claims = await verifyOwnToken(services, token)
  const { context } = currentScope()
  if (claims === undefined || !(await isTokenLive(services, context, claims))) {
    throw new errors.InvalidGrant('subject token is not valid')
  }
  // Attack: a token that is bound to a key becomes one that anybody can use.
  if (claims['cnf'] !== undefined) {
    throw new errors.InvalidGrant('sender-constrained tokens are not exchanged')
  }
  return claims
}

function checkIsMeant(client: ClientWithSecrets, claims: Claims): void {
  const audience = [claims['aud']].flat()
  const served = client.metadata.serves_resources ?? []
  if (claims['client_id'] === client.id || served.some((name) => audience.includes(name))) return
  throw new errors.InvalidGrant('subject token is not meant for this client')
}

async function findSubjectGrant(
  { database, clients }: EngineServices,
  { grant }: Claims,
): Promise<GrantFacts> {
  const { context, grants, clients: known } = currentScope()
  const [rows] = await database.tenantBatch(context.tenant.id, [
    findGrant(typeof grant === 'string' ? grant : '', context.clock.now()),
  ])
  if (rows[0] === undefined) throw new errors.InvalidGrant('subject token is not valid')
  const facts = toGrantFacts(rows[0])
  grants.set(facts.id, facts)
  const id = parseId('cli', facts.clientId)
  const holder = id === undefined ? undefined : await clients.findActive(context, id)
  if (holder !== undefined) known.set(holder.id, holder)
  return facts
}

/**
 * Attack: the client that the user allowed one resource server exchanges its own token for one of
 * another, under scopes of the same name, and no consent was asked.
 */
function offeredTo(
  client: ClientWithSecrets,
  { clientId, payload }: GrantFacts,
  { resource, server }: { readonly resource: string; readonly server: ResourceServer },
): string {
  if (client.id !== clientId || client.isFirstParty) return server.scope
  const allowed = (payload['resources'] as Record<string, string> | undefined)?.[resource] ?? ''
  const known = new Set(allowed.split(' '))
  return server.scope
    .split(' ')
    .filter((scope) => known.has(scope))
    .join(' ')
}

/** What was asked for, if the first token has it and the resource server knows it. */
function narrow(asked: string | undefined, claims: Claims, offered: string): string {
  const had = new Set(typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : [])
  const known = new Set(offered.split(' '))
  const wanted = asked === undefined ? [...had].filter((one) => known.has(one)) : asked.split(' ')
  const gained = wanted.find((one) => !had.has(one) || !known.has(one))
  if (gained !== undefined || wanted.length === 0) {
    throw new errors.InvalidScope('the subject token does not have that scope', gained ?? '')
  }
  return wanted.join(' ')
}

/** Seconds that the subject token still lives. */
function remaining({ exp }: Claims): number {
  return Math.max(0, exp - currentScope().context.clock.now().getTime() / 1000)
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const EXCHANGEABLE = new Set([ACCESS_TOKEN, 'urn:ietf:params:oauth:token-type:jwt'])
const PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'actor_token',
  'actor_token_type',
  'resource',
  'audience',
  'scope',
]
