import type { AdapterPayload } from 'oidc-provider'
import { randomToken } from '../../../platform/crypto/index.ts'
import type { ClientWithSecrets } from '../clients/model.ts'
import { PROFILE_RULES, usesSecret } from '../clients/profiles.ts'
import { OIDC_SCOPES } from './scopes.ts'

/**
 * A client as the engine reads it: members of RFC 7591 only. What is ours alone stays in the scope
 * of the request, where `clientOf` finds it.
 */
export function toEngineClient(client: ClientWithSecrets): AdapterPayload {
  const { metadata, profile } = client
  const {
    resources: _resources,
    serves_resources: _served,
    access_token_format: _format,
    access_token_lifetime_seconds: _accessLifetime,
    access_token_claims: _accessClaims,
    access_token_signing_alg: _accessAlg,
    refresh_token_lifetime_seconds: _refreshLifetime,
    required_acr: _acr,
    scope,
    ...standard
  } = metadata
  const hasCode = metadata.grant_types.includes('authorization_code')
  return {
    ...standard,
    scope: identityScopesOf(scope),
    client_id: client.id,
    client_name: client.name,
    application_type: PROFILE_RULES[profile].applicationType,
    response_types: hasCode ? ['code'] : [],
    ...(usesSecret(metadata.token_endpoint_auth_method) ? { client_secret: NO_SECRET } : {}),
  } as AdapterPayload
}

/**
 * The engine insists on a secret in the clear. It gets one that nobody knows and that nothing
 * accepts: `compareClientSecret` is replaced by a comparison of hashes, and no algorithm that takes
 * a secret as its key is enabled.
 */
const NO_SECRET = randomToken(32)

/**
 * Scopes of resource servers are judged in `getResourceServerInfo`. The engine takes an empty list
 * for no limit; `openid` alone tells a client nothing but who its user is.
 */
function identityScopesOf(scope: string): string {
  const scopes = scope.split(' ').filter((name) => OIDC_SCOPES.has(name))
  return scopes.length === 0 ? 'openid' : scopes.join(' ')
}
