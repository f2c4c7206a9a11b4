import { errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider'
import {
  type AccessTokenClaim,
  DEFAULT_SIGNING_ALGORITHM,
  offersAlgorithm,
  type SigningAlgorithm,
  type TenantRef,
  toSeconds,
} from '../../../kernel/index.ts'
import type { ClientWithSecrets } from '../clients/model.ts'
import { GRANT_TYPES } from '../clients/profiles.ts'
import { ownResourceOf, signalsResourceOf } from '../own-resources.ts'
import { suitsProfile } from '../clients/signing-choices.ts'
import { OIDC_SCOPES } from './scopes.ts'
import { currentScope } from './request-scope.ts'

/** The client of a request, as we know it. @throws TypeError if the engine has not found it */
export function clientOf(clientId: string | undefined): ClientWithSecrets {
  const client = currentScope().clients.get(clientId ?? '')
  if (client === undefined) throw new TypeError('the client of this request is not known')
  return client
}

/**
 * RFC 8707: a client gets tokens for the resource servers it is registered for, with the scopes it
 * is registered for, and nothing else.
 */
export function getResourceServerInfo(
  _ctx: KoaContextWithOIDC,
  resource: string,
  { clientId }: { readonly clientId: string },
): ResourceServer {
  const { tenant } = currentScope().context
  const server = resourceServerOf(tenant, clientOf(clientId), resource)
  if (server !== undefined) return server
  throw new errors.InvalidTarget('this client gets no tokens for that resource')
}

type OfferedResourceServer = ResourceServer & {
  readonly accessTokenTTL: number
  readonly audience: string
  readonly jwt: { readonly sign: { readonly alg: SigningAlgorithm } }
}

/** @returns undefined if that client gets no tokens for it */
export function resourceServerOf(
  tenant: TenantRef,
  client: ClientWithSecrets,
  resource: string,
): OfferedResourceServer | undefined {
  const { issuer, policy } = tenant
  const { metadata, profile } = client
  const scopes = scopesAt(tenant, client, resource)
  if (scopes === undefined) return undefined
  const rules = policy.resourceServers.get(resource) ?? {}
  // Who verifies has the last word; where both are silent, the default signs.
  const algorithm =
    rules.access_token_signing_alg ?? metadata.access_token_signing_alg ?? DEFAULT_SIGNING_ALGORITHM
  if (!offersAlgorithm(policy, algorithm) || !suitsProfile(profile, algorithm)) return undefined
  // The client says how long it keeps a token, the resource server how long it believes one.
  const lifetimes = [metadata, rules].flatMap((one) => one.access_token_lifetime_seconds ?? [])
  return {
    scope: scopes.join(' '),
    audience: resource,
    // We verify it as any resource server would.
    accessTokenFormat:
      resource === signalsResourceOf(issuer)
        ? 'jwt'
        : (metadata.access_token_format ?? rules.access_token_format ?? 'jwt'),
    accessTokenTTL:
      lifetimes.length === 0 ? toSeconds(policy.accessTokenLifetime) : Math.min(...lifetimes),
    jwt: { sign: { alg: algorithm } },
  }
}

/** What a client may do there by now, if users let it. @returns undefined if it gets no tokens for it */
export function scopesAt(
  { issuer, policy }: TenantRef,
  { metadata, isFirstParty }: ClientWithSecrets,
  resource: string,
): readonly string[] | undefined {
  const isSignals = resource === signalsResourceOf(issuer)
  // SECURITY: `account` opens our own API. A client of others never gets it.
  const isKnown =
    isSignals || (resource === issuer ? isFirstParty : policy.audiences.includes(resource))
  if (!isKnown || metadata.resources?.includes(resource) !== true) return undefined
  const own = isSignals || resource === issuer ? resource : undefined
  return metadata.scope
    .split(' ')
    .filter((scope) => !OIDC_SCOPES.has(scope) && ownResourceOf(issuer, scope) === own)
}

/** What a token of that client for that audience says of its user. */
export function accessTokenClaimsOf(
  { policy }: TenantRef,
  { metadata }: ClientWithSecrets,
  audience: unknown,
): ReadonlySet<AccessTokenClaim> {
  const rules = typeof audience === 'string' ? policy.resourceServers.get(audience) : undefined
  return new Set([...(metadata.access_token_claims ?? []), ...(rules?.access_token_claims ?? [])])
}

/**
 * None for a sign-in: its token is for the userinfo endpoint. A service that is registered for one
 * resource server means that one.
 */
export function defaultResource(
  ctx: KoaContextWithOIDC,
  { clientId }: { readonly clientId: string },
  oneOf?: readonly string[],
): string | readonly string[] | undefined {
  if (oneOf !== undefined) return oneOf
  if (ctx.oidc.params?.['grant_type'] !== GRANT_TYPES.clientCredentials) return undefined
  return onlyResourceOf(clientOf(clientId))
}

export function onlyResourceOf({ metadata }: ClientWithSecrets): string | undefined {
  const { resources = [] } = metadata
  return resources.length === 1 ? resources[0] : undefined
}
