import {
  type ClientId,
  DEFAULT_SIGNING_ALGORITHM,
  newId,
  toNumericDate,
} from '../../../../kernel/index.ts'
import { randomToken, sha256 } from '../../../../platform/crypto/index.ts'
import { signJws } from '../../../tokens/index.ts'
import { isSecretHash } from '../../clients/client-secret.ts'
import type { ClientWithSecrets } from '../../clients/model.ts'
import { GRANT_TYPES } from '../../clients/profiles.ts'
import { addGrantClaims } from '../access-token.ts'
import { createEngineAdapter } from '../engine-adapter.ts'
import type { EngineServices } from '../engine-services.ts'
import { issueTokens } from '../issue-tokens.ts'
import { refreshTokenLifetimeOf } from '../lifetimes.ts'
import { auditRefusal, refuseTokens } from '../refusals.ts'
import { openScope, type ProtocolRequest } from '../open-scope.ts'
import { currentScope, type IssuedToken, runInScope } from '../request-scope.ts'
import { resourceServerOf } from '../resource-servers.ts'
import { idTokenClaimsOf } from './id-token-claims.ts'
import { isPlainClient } from './is-plain-client.ts'
import { type PlainGrant, type PlainRefreshToken, readPlainGrant } from './plain-refresh-token.ts'
import type { PlainAnswer, PlainTokens } from './plain-tokens.ts'

interface Asked {
  readonly clientId: ClientId
  readonly secret: string
  readonly refreshToken: string
}

/** RFC 6749 §6 with the rotation of RFC 9700 §4.14.2, for a token that is bound to its client only. */
export async function answerRefresh(
  services: EngineServices,
  request: ProtocolRequest,
  asked: Asked,
): Promise<PlainAnswer | undefined> {
  const scope = await openScope(services, request)
  return runInScope(scope, () => refresh(services, asked))
}

async function refresh(
  services: EngineServices,
  { clientId, secret, refreshToken }: Asked,
): Promise<PlainAnswer | undefined> {
  const scope = currentScope()
  const records = createEngineAdapter(services, 'RefreshToken')
  const [client, stored] = await Promise.all([
    services.clients.findActive(scope.context, clientId),
    records.find(refreshToken),
  ])
  if (client === undefined || !isSecretHash(sha256(secret), client.secretHashes)) return undefined
  if (!mayRefreshPlainly(client) || stored === undefined) return undefined
  scope.clients.set(client.id, client)
  const grant = readPlainGrant(stored, scope.grants, client)
  return grant === undefined ? undefined : rotate(services, client, grant)
}

function mayRefreshPlainly(client: ClientWithSecrets): boolean {
  const { metadata } = client
  return (
    isPlainClient(currentScope().context, client, GRANT_TYPES.refresh) &&
    metadata.subject_type !== 'pairwise' &&
    metadata.id_token_encrypted_response_alg === undefined
  )
}

/** Everything is checked and computed; the gate has the last word, and it is ours, not the engine's. */
async function rotate(
  services: EngineServices,
  client: ClientWithSecrets,
  grant: PlainGrant,
): Promise<PlainAnswer | undefined> {
  const scope = currentScope()
  const { tenant } = scope.context
  const planned = planAccessToken(client, grant)
  if (planned === undefined) return undefined
  const { server, token, claims } = planned
  const { id_token_signed_response_alg: algorithm = DEFAULT_SIGNING_ALGORITHM } = client.metadata
  const signer = await services.keys.signer(tenant, server.jwt.sign.alg)
  const hasIdToken = grant.oidcScopes.includes('openid')
  const idTokenSigner = hasIdToken ? await services.keys.signer(tenant, algorithm) : undefined
  const successor = await holdSuccessor(services, client, grant.token)
  scope.held?.tokens.push(token)
  const refused = await issueTokens(services, GRANT_TYPES.refresh)
  if (refused !== undefined) {
    const answer = refuseTokens(refused)
    await auditRefusal(services)
    return answer
  }
  const [accessToken, idToken] = await Promise.all([
    signJws(signer, 'at+jwt', claims),
    idTokenSigner === undefined
      ? undefined
      : signJws(idTokenSigner, undefined, idTokenClaimsOf(grant)),
  ])
  const body: PlainTokens = {
    access_token: accessToken,
    expires_in: server.accessTokenTTL,
    id_token: idToken,
    refresh_token: scope.repeated?.successor ?? successor,
    scope: claims.scope,
    token_type: 'Bearer',
  }
  return { status: 200, body }
}

function planAccessToken(client: ClientWithSecrets, { token, facts, resourceScopes }: PlainGrant) {
  const { tenant, clock } = currentScope().context
  const server = resourceServerOf(tenant, client, token.resource)
  if (server?.accessTokenFormat !== 'jwt') return undefined
  const offered = new Set(server.scope.split(' '))
  const scope = resourceScopes.filter((name) => offered.has(name)).join(' ')
  if (scope === '') return undefined
  const { clientId, accountId, grantId } = token
  const jti = newId('jti')
  const issued: IssuedToken = {
    kind: 'AccessToken',
    format: 'jwt',
    jti,
    clientId,
    accountId,
    grantId,
  }
  const iat = toNumericDate(clock.now())
  const claims = {
    jti,
    sub: facts.userId,
    iat,
    exp: iat + server.accessTokenTTL,
    scope,
    client_id: client.id,
    iss: tenant.issuer,
    aud: server.audience,
  }
  addGrantClaims(issued, claims)
  return { server, token: issued, claims }
}

/** For `issueTokens`, which uses the presented token up. @returns the next refresh token */
async function holdSuccessor(
  services: EngineServices,
  client: ClientWithSecrets,
  presented: PlainRefreshToken,
): Promise<string> {
  const { held, context } = currentScope()
  const jti = randomToken(32)
  const iat = toNumericDate(context.clock.now())
  const lifetime = refreshTokenLifetimeOf(context.tenant, client)
  const { refresh } = GRANT_TYPES
  const gty = presented.gty.endsWith(refresh) ? presented.gty : `${presented.gty} ${refresh}`
  const rotations = presented.rotations + 1
  const next = { ...presented, jti, iat, exp: iat + lifetime, gty, rotations }
  held?.consumptions.push({ kind: 'RefreshToken', id: presented.jti })
  await createEngineAdapter(services, 'RefreshToken').upsert(jti, next, lifetime)
  return jti
}
