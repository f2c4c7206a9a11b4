import type Provider from 'oidc-provider'
import { errors, type ResourceServer, type TokenEndpointGrantContext } from 'oidc-provider'
import {
  ACR,
  addDuration,
  parseId,
  type RequestContext,
  seconds,
  type UserId,
} from '../../../kernel/index.ts'
import { randomToken, sha256 } from '../../../platform/crypto/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import { startSession } from '../../sessions/index.ts'
import type { ClientWithSecrets } from '../clients/model.ts'
import { GRANT_TYPES } from '../clients/profiles.ts'
import type { TrustedIssuer } from '../trusted-issuers/model.ts'
import { findNamedUser } from './backchannel-authentication.ts'
import type { EngineServices } from './engine-services.ts'
import { judgeSubject } from './gate.ts'
import { findGrant, type GrantFacts, toGrantFacts, upsertGrant } from './grant-store.ts'
import { rememberOnce } from './record-store.ts'
import { currentScope } from './request-scope.ts'
import { clientOf, getResourceServerInfo } from './resource-servers.ts'
import type { IssuedTokenModels } from './issued-token-models.ts'
import { type VerifiedAssertion, verifyAssertion } from './verify-assertion.ts'

interface BearerParameters {
  readonly assertion?: string
  readonly resource?: string
  readonly scope?: string
}

interface Wanted {
  readonly resource: string
  readonly server: ResourceServer
  readonly scope: string
}

/**
 * A client brings the word of an issuer whom the tenant trusts, and gets an access token for that
 * user: without a browser, and without a refresh token (RFC 7521 §4.1).
 *
 * SECURITY: it counts as one factor, and passes the gate as a sign-in would. It begins a session that
 * lives as long as the token, so whatever ends sessions of that user ends this one too.
 * @see RFC 7523 §2.1
 */
export function registerJwtBearer(services: EngineServices, provider: Provider): void {
  provider.registerGrantType<BearerParameters>(
    GRANT_TYPES.jwtBearer,
    (ctx) => redeem(services, provider, ctx),
    ['assertion', 'resource', 'scope'],
  )
}

async function redeem(
  services: EngineServices,
  provider: Provider,
  ctx: TokenEndpointGrantContext<BearerParameters>,
): Promise<void> {
  const { params } = ctx.oidc
  const client = clientOf(ctx.oidc.client.clientId)
  const { metadata } = client
  if (params.assertion === undefined) throw new errors.InvalidRequest('assertion is required')
  if (
    metadata.dpop_bound_access_tokens === true ||
    metadata.tls_client_certificate_bound_access_tokens === true
  ) {
    throw new errors.InvalidRequest('this client gets bound tokens only')
  }
  const verified = await verifyAssertion(services, client.id, params.assertion)
  const wanted = whatIsWanted(ctx, client, verified.trusted)
  const userId = await findSubject(services, verified)
  const grant = await accept(services, { client, verified, wanted, userId })
  const { AccessToken, ResourceServer: Server } = provider as unknown as IssuedTokenModels
  const token = new AccessToken({
    accountId: grant.userId,
    client: ctx.oidc.client,
    grantId: grant.id,
    gty: 'jwt_bearer',
    sid: grant.sessionId,
    scope: wanted.scope,
  })
  token.resourceServer = new Server(wanted.resource, {
    ...wanted.server,
    accessTokenFormat: 'jwt',
  })
  const value = await token.save()
  const { scope } = wanted
  ctx.body = { access_token: value, token_type: 'Bearer', expires_in: token.expiration, scope }
}

/** What the client asked for, within what it and the issuer are registered for. */
function whatIsWanted(
  ctx: TokenEndpointGrantContext<BearerParameters>,
  client: ClientWithSecrets,
  trusted: TrustedIssuer,
): Wanted {
  const { resources = [] } = client.metadata
  const resource = ctx.oidc.params.resource ?? (resources.length === 1 ? resources[0] : undefined)
  if (resource === undefined) throw new errors.InvalidTarget('resource is required')
  const server = getResourceServerInfo(ctx, resource, { clientId: client.id })
  const offered = server.scope.split(' ').filter((name) => trusted.scopes.includes(name))
  const asked = ctx.oidc.params.scope?.split(' ') ?? offered
  const foreign = asked.find((name) => !offered.includes(name))
  if (foreign !== undefined || asked.length === 0) {
    throw new errors.InvalidScope('this issuer gives no such scope', foreign ?? '')
  }
  return { resource, server, scope: asked.join(' ') }
}

async function findSubject(
  { database }: EngineServices,
  { trusted, claims }: VerifiedAssertion,
): Promise<UserId> {
  // Attack: an issuer where anybody may claim an address. Only one that it has verified counts.
  const isByAddress = trusted.subjectMapping === 'email'
  const isVerified = claims['email_verified'] === true && typeof claims['email'] === 'string'
  const name = isByAddress ? (isVerified ? String(claims['email']) : '') : claims.sub
  const isName = isByAddress ? name.includes('@') : parseId('usr', name) !== undefined
  const found = isName ? await findNamedUser(database, name) : undefined
  const userId = parseId('usr', found ?? '')
  if (userId === undefined) throw new errors.InvalidGrant('assertion names no user')
  return userId
}

interface Accepted {
  readonly client: ClientWithSecrets
  readonly verified: VerifiedAssertion
  readonly wanted: Wanted
  readonly userId: UserId
}

/** I2: one transaction uses the assertion up, asks the gate, and begins what the token hangs on. */
async function accept({ database, factors }: EngineServices, accepted: Accepted) {
  const { context, grants } = currentScope()
  const { client, verified, userId } = accepted
  const { iss, jti, iat, exp } = verified.claims
  const grant = await database.withTenant(context.tenant.id, async (tx) => {
    const once = sha256(JSON.stringify(['jwt-bearer', iss, jti]))
    const keptUntil = new Date((exp + REPLAY_MARGIN_SECONDS) * 1000)
    if ((await tx.first(rememberOnce(once, keptUntil))) === undefined) {
      throw new errors.InvalidGrant('assertion was used before')
    }
    const subject = { userId, acr: ACR.password, amr: [], authTime: new Date(iat * 1000) }
    const refusal = await judgeSubject({ factors }, tx, context, { clientId: client.id, subject })
    if (refusal !== undefined) throw new errors.InvalidGrant(`assertion refused: ${refusal}`)
    return begin(tx, context, accepted, subject)
  })
  grants.set(grant.id, grant)
  return grant
}

async function begin(
  tx: Tx,
  context: RequestContext,
  { client, verified, wanted }: Accepted,
  subject: {
    readonly userId: UserId
    readonly acr: string
    readonly amr: string[]
    readonly authTime: Date
  },
): Promise<GrantFacts> {
  const { tenant, clock } = context
  const now = clock.now()
  const lifetime = seconds(wanted.server.accessTokenTTL ?? 600)
  const policy = { ...tenant.policy, sessionAbsolute: lifetime }
  const { session, statement } = startSession(
    { ...context, tenant: { ...tenant, policy } },
    { ...subject, transport: 'bearer' },
  )
  await tx.run(statement)
  const id = randomToken()
  const payload = {
    kind: 'Grant',
    jti: id,
    accountId: subject.userId,
    clientId: client.id,
    resources: { [wanted.resource]: wanted.scope },
    iat: Math.floor(now.getTime() / 1000),
    exp: Math.floor(addDuration(now, lifetime).getTime() / 1000),
  }
  await tx.run(
    upsertGrant({
      id,
      clientId: client.id,
      userId: subject.userId,
      sessionId: session.id,
      isOffline: false,
      payload,
      createdAt: now,
      expiresAt: addDuration(now, lifetime),
    }),
  )
  await record(tx, context, {
    action: 'oauth.assertion_accepted',
    outcome: 'success',
    actor: { userId: subject.userId },
    sessionId: session.id,
    target: { kind: 'client', id: client.id },
    details: { issuer: verified.trusted.issuer, jti: verified.claims.jti.slice(0, 200) },
  })
  const row = await tx.first(findGrant(id, now))
  if (row === undefined) throw new errors.InvalidGrant('assertion refused')
  return toGrantFacts(row)
}

/** The tolerance for clocks lets one in for a little longer than it says. */
const REPLAY_MARGIN_SECONDS = 60
