import type { ServerResponse } from 'node:http'
import { type RequestContext, newId, toNumericDate } from '../../../../kernel/index.ts'
import { sha256 } from '../../../../platform/crypto/index.ts'
import { signJws } from '../../../tokens/index.ts'
import { isSecretHash } from '../../clients/client-secret.ts'
import type { ClientWithSecrets } from '../../clients/model.ts'
import { GRANT_TYPES, usesSecret } from '../../clients/profiles.ts'
import { hasOfferedAlgorithms } from '../../clients/signing-choices.ts'
import type { EngineServices } from '../engine-services.ts'
import { ROUTES } from '../engine-paths.ts'
import type { ProtocolRequest } from '../open-scope.ts'
import { onlyResourceOf, resourceServerOf } from '../resource-servers.ts'
import { peekForm } from './peek-form.ts'
import { readPlainRequest } from './read-plain-request.ts'

/**
 * Answers the one request that comes in thousands: a service that asks for a signed token for
 * itself. It passes the same gate and leaves the same record as by the engine; what the engine would
 * add is its framework, which costs most of such a request.
 *
 * SECURITY: it only ever says yes. Whatever is not plain, not known yet or not right goes to the
 * engine, which alone refuses. `plain-requests.test.ts` shows that both answer the same.
 * @returns false if the engine has to answer
 */
export async function answerPlainRequest(
  services: EngineServices,
  { context, raw, response, path }: ProtocolRequest,
): Promise<boolean> {
  if (raw.method !== 'POST' || path !== ROUTES.token) return false
  const form = await peekForm(raw)
  const asked = form === undefined ? undefined : readPlainRequest(raw, form)
  if (asked === undefined) return false
  const client = services.remembered.find(context.tenant.id, asked.clientId)
  if (client === undefined || !isPlainClient(context, client)) return false
  const resource = onlyResourceOf(client)
  if (resource === undefined) return false
  const secretHash = sha256(asked.secret)
  if (!isSecretHash(secretHash, client.secretHashes)) return false
  const server = resourceServerOf(context.tenant, client, resource)
  if (server?.accessTokenFormat !== 'jwt') return false
  const signer = await services.keys.signer(context.tenant, server.jwt.sign.alg)
  const offered = new Set(server.scope.split(' '))
  const scopes = asked.scopes.filter((name) => offered.has(name))
  const scope = scopes.length === 0 ? undefined : scopes.join(' ')
  const jti = newId('jti')
  const known = { version: client.version, secretHash }
  const { id: clientId } = client
  if (!(await services.clientTokens.issue({ context, clientId, jti, known }))) return false
  const claims = { audience: server.audience, lifetime: server.accessTokenTTL, scope }
  const token = await signJws(signer, 'at+jwt', claimsOf(context, client, { ...claims, jti }))
  raw.resume()
  send(response, {
    access_token: token,
    expires_in: server.accessTokenTTL,
    scope,
    token_type: 'Bearer',
  })
  return true
}

/** A client that gets such tokens, and needs no more than its secret for them. */
function isPlainClient({ tenant }: RequestContext, { metadata }: ClientWithSecrets): boolean {
  return (
    hasOfferedAlgorithms(tenant.policy, metadata) &&
    metadata.grant_types.includes(GRANT_TYPES.clientCredentials) &&
    usesSecret(metadata.token_endpoint_auth_method) &&
    metadata.dpop_bound_access_tokens !== true &&
    metadata.tls_client_certificate_bound_access_tokens !== true
  )
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

function send(response: ServerResponse, body: object): void {
  const text = JSON.stringify(body)
  response.setHeader('Vary', 'Origin')
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Expose-Headers', 'DPoP-Nonce,WWW-Authenticate')
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.setHeader('Content-Length', Buffer.byteLength(text))
  response.end(text)
}
