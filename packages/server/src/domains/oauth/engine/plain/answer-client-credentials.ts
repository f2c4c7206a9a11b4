import {
  type ClientId,
  newId,
  type RequestContext,
  toNumericDate,
} from '../../../../kernel/index.ts'
import { sha256 } from '../../../../platform/crypto/index.ts'
import { signJws } from '../../../tokens/index.ts'
import { isSecretHash } from '../../clients/client-secret.ts'
import type { ClientWithSecrets } from '../../clients/model.ts'
import { GRANT_TYPES } from '../../clients/profiles.ts'
import type { EngineServices } from '../engine-services.ts'
import { onlyResourceOf, resourceServerOf } from '../resource-servers.ts'
import { isPlainClient } from './is-plain-client.ts'
import type { PlainAnswer, PlainTokens } from './plain-tokens.ts'

interface Asked {
  readonly clientId: ClientId
  readonly secret: string
  readonly scopes: readonly string[]
}

/** RFC 6749 §4.4: a signed token for a client that is known from an earlier request. */
export async function answerClientCredentials(
  services: EngineServices,
  context: RequestContext,
  asked: Asked,
): Promise<PlainAnswer | undefined> {
  const client = services.remembered.find(context.tenant.id, asked.clientId)
  if (client === undefined || !isPlainClient(context, client, GRANT_TYPES.clientCredentials)) {
    return undefined
  }
  const resource = onlyResourceOf(client)
  if (resource === undefined) return undefined
  const secretHash = sha256(asked.secret)
  if (!isSecretHash(secretHash, client.secretHashes)) return undefined
  const server = resourceServerOf(context.tenant, client, resource)
  if (server?.accessTokenFormat !== 'jwt') return undefined
  const signer = await services.keys.signer(context.tenant, server.jwt.sign.alg)
  const offered = new Set(server.scope.split(' '))
  const scopes = asked.scopes.filter((name) => offered.has(name))
  const scope = scopes.length === 0 ? undefined : scopes.join(' ')
  const jti = newId('jti')
  const known = { version: client.version, secretHash }
  const { id: clientId } = client
  if (!(await services.clientTokens.issue({ context, clientId, jti, known }))) return undefined
  const claims = { audience: server.audience, lifetime: server.accessTokenTTL, scope }
  const body: PlainTokens = {
    access_token: await signJws(signer, 'at+jwt', claimsOf(context, client, { ...claims, jti })),
    expires_in: server.accessTokenTTL,
    scope,
    token_type: 'Bearer',
  }
  return { status: 200, body }
}

function claimsOf(
  { tenant, clock }: RequestContext,
  client: ClientWithSecrets,
  token: {
    readonly jti: string
    readonly audience: string
    readonly lifetime: number
    readonly scope: string | undefined
  },
) {
  const iat = toNumericDate(clock.now())
  return {
    jti: token.jti,
    sub: client.id,
    iat,
    exp: iat + token.lifetime,
    scope: token.scope,
    client_id: client.id,
    iss: tenant.issuer,
    aud: token.audience,
    tenant: tenant.id,
  }
}
