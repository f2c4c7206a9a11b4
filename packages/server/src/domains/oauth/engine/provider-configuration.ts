import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import {
  ACR,
  DEFAULT_SIGNING_ALGORITHM,
  type TenantRef,
  type UserId,
} from '../../../kernel/index.ts'
import { PROFILE_RULES } from '../clients/profiles.ts'
import { completeClaims, noteAccessToken } from './access-token.ts'
import { accountFinder } from './account.ts'
import { createEngineAdapter } from './engine-adapter.ts'
import { ROUTES } from './engine-paths.ts'
import type { EngineServices } from './engine-services.ts'
import { loadExistingGrant } from './existing-grant.ts'
import { engineLifetimes } from './lifetimes.ts'
import { engineFeatures } from './provider-features.ts'
import { renderErrorPage } from './render-engine-pages.ts'
import { currentScope } from './request-scope.ts'
import { clientOf } from './resource-servers.ts'
import { CLAIMS_BY_SCOPE, OIDC_SCOPES } from './scopes.ts'
import { subjectFor } from './subject-for.ts'
import { signInPolicy } from './sign-in-policy.ts'
import type { ProviderKeys } from './signing-keys.ts'

/** What the engine may do, and where it asks us. Nothing of it depends on a single request. */
export function providerConfiguration(
  services: EngineServices,
  tenant: Pick<TenantRef, 'slug' | 'id'>,
  keys: ProviderKeys,
): Configuration {
  return {
    adapter: (kind) => createEngineAdapter(services, kind),
    jwks: keys.jwks(),
    acrValues: [ACR.password, ACR.mfa, ACR.passkey],
    claims: CLAIMS_BY_SCOPE,
    scopes: OIDC_SCOPES,
    responseTypes: ['code'],
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: async (_ctx, accountId, { clientId }) =>
      subjectFor(clientOf(clientId), accountId as UserId),
    // It was asked at registration: signing in does not wait for it.
    sectorIdentifierUriValidate: () => false,
    routes: ROUTES,
    cookies: cookiesOf(tenant.slug),
    clientAuthMethods: [
      'tls_client_auth',
      'self_signed_tls_client_auth',
      'none',
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ],
    clientDefaults: {
      id_token_signed_response_alg: DEFAULT_SIGNING_ALGORITHM,
      introspection_signed_response_alg: DEFAULT_SIGNING_ALGORITHM,
      authorization_signed_response_alg: DEFAULT_SIGNING_ALGORITHM,
    },
    enabledJWA: { ...ALGORITHMS, ...signedBy(keys.algorithms) },
    // RFC 9700 §2.1.1: every client, so that no authorization code works without its verifier.
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    clockTolerance: 10,
    conformIdTokenClaims: true,
    extraTokenClaims: noteAccessToken,
    formats: { customizers: { jwt: completeClaims } },
    findAccount: accountFinder(services.database),
    loadExistingGrant: (ctx) => loadExistingGrant(services.database, ctx),
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken,
    clientBasedCORS: isOriginOfClient,
    renderError: (ctx, out, error) => renderErrorPage(services, ctx, { out, error }),
    interactions: {
      policy: signInPolicy(services),
      url: (_ctx, { uid }) => `/t/${tenant.slug}/interaction/${uid}`,
    },
    ttl: engineLifetimes(),
    features: engineFeatures(services, tenant),
    ...(services.fetch === undefined ? {} : { fetch: services.fetch }),
  }
}

/** A repetition within the grace gets the successor that is there already. */
function rotateRefreshToken(ctx: KoaContextWithOIDC): boolean {
  if (currentScope().repeated !== undefined) return false
  return PROFILE_RULES[clientOf(ctx.oidc.client?.clientId).profile].rotatesRefreshTokens
}

/** Pages of a client that has no secret call the token endpoint from where they live. */
function isOriginOfClient(
  ctx: KoaContextWithOIDC,
  origin: string,
  client: {
    readonly clientAuthMethod?: string | undefined
    readonly redirectUris?: readonly string[] | undefined
  },
): boolean {
  if (origin === 'null') return false
  if (ctx.oidc.route !== 'userinfo' && client.clientAuthMethod !== 'none') return false
  return (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin)
}

/**
 * The tenant is part of every name, so that one browser may sign in to several. Only the first has
 * the path that `__Host-` demands.
 */
function cookiesOf(slug: string): NonNullable<Configuration['cookies']> {
  const options = { httpOnly: true, sameSite: 'lax', secure: true, signed: false } as const
  return {
    names: {
      session: `__Host-cs_${slug}_oauth`,
      interaction: `__Secure-cs_${slug}_interaction`,
      resume: `__Secure-cs_${slug}_resume`,
    },
    long: { ...options, path: '/' },
    short: options,
  }
}

/** What clients may register, and what the metadata say: exactly what the tenant signs with. */
function signedBy(algorithms: ProviderKeys['algorithms']): Configuration['enabledJWA'] {
  return {
    idTokenSigningAlgValues: [...algorithms],
    userinfoSigningAlgValues: [...algorithms],
    introspectionSigningAlgValues: [...algorithms],
    authorizationSigningAlgValues: [...algorithms],
  }
}

/** RFC 8725 §3.1: asymmetric ones only. With a secret as key, the server could be made to sign. */
const ASYMMETRIC = ['ES256', 'PS256', 'EdDSA', 'Ed25519'] as const
const ALGORITHMS: NonNullable<Configuration['enabledJWA']> = {
  clientAuthSigningAlgValues: ASYMMETRIC,
  requestObjectSigningAlgValues: ASYMMETRIC,
  dPoPSigningAlgValues: ['ES256', 'EdDSA', 'Ed25519'],
  // To keys of the client, and nothing is encrypted to us: our keys sign.
  idTokenEncryptionAlgValues: ['ECDH-ES'],
  idTokenEncryptionEncValues: ['A256GCM'],
  userinfoEncryptionAlgValues: ['ECDH-ES'],
  userinfoEncryptionEncValues: ['A256GCM'],
  introspectionEncryptionAlgValues: [],
  introspectionEncryptionEncValues: [],
  authorizationEncryptionAlgValues: [],
  authorizationEncryptionEncValues: [],
  requestObjectEncryptionAlgValues: [],
  requestObjectEncryptionEncValues: [],
}
