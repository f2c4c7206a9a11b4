import type { ClientMetadataInput } from './metadata-schema.ts'

export const CLIENT_PROFILES = ['web', 'spa', 'native', 'service', 'fapi2'] as const
export type ClientProfile = (typeof CLIENT_PROFILES)[number]

export const GRANT_TYPES = {
  code: 'authorization_code',
  refresh: 'refresh_token',
  clientCredentials: 'client_credentials',
  device: 'urn:ietf:params:oauth:grant-type:device_code',
  tokenExchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
  ciba: 'urn:openid:params:grant-type:ciba',
  jwtBearer: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
} as const
export type GrantType = (typeof GRANT_TYPES)[keyof typeof GRANT_TYPES]

export type ClientAuthMethod = NonNullable<ClientMetadataInput['token_endpoint_auth_method']>

/** What kind of application a client is, and what follows from it. The rules are data, not code. */
export interface ProfileRules {
  readonly applicationType: 'web' | 'native'
  /** The first one is the default. */
  readonly authMethods: readonly ClientAuthMethod[]
  readonly grantTypes: readonly GrantType[]
  readonly defaultGrantTypes: readonly GrantType[]
  /** Where the browser may be sent. `loopback`: RFC 8252 §7.3; `private`: §7.1. */
  readonly redirects: readonly ('https' | 'loopback' | 'private')[]
  /** RFC 9700 §4.14.2 for public clients; FAPI 2.0 §5.3.2.1 no 9 forbids it. */
  readonly rotatesRefreshTokens: boolean
  readonly requiresPushedRequests: boolean
  readonly requiresSenderConstraint: boolean
  /** FAPI 2.0 §5.4.1 does not. */
  readonly allowsRs256: boolean
}

const WITH_USER = [GRANT_TYPES.code, GRANT_TYPES.refresh] as const

export const PROFILE_RULES: Readonly<Record<ClientProfile, ProfileRules>> = {
  web: {
    applicationType: 'web',
    authMethods: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'self_signed_tls_client_auth',
      'tls_client_auth',
    ],
    grantTypes: [
      ...WITH_USER,
      GRANT_TYPES.clientCredentials,
      GRANT_TYPES.tokenExchange,
      GRANT_TYPES.ciba,
      GRANT_TYPES.jwtBearer,
    ],
    defaultGrantTypes: WITH_USER,
    redirects: ['https', 'loopback'],
    rotatesRefreshTokens: true,
    requiresPushedRequests: false,
    requiresSenderConstraint: false,
    allowsRs256: true,
  },
  spa: {
    applicationType: 'web',
    authMethods: ['none'],
    grantTypes: WITH_USER,
    defaultGrantTypes: WITH_USER,
    redirects: ['https', 'loopback'],
    rotatesRefreshTokens: true,
    requiresPushedRequests: false,
    requiresSenderConstraint: false,
    allowsRs256: true,
  },
  native: {
    applicationType: 'native',
    authMethods: ['none'],
    grantTypes: [...WITH_USER, GRANT_TYPES.device],
    defaultGrantTypes: WITH_USER,
    redirects: ['https', 'loopback', 'private'],
    rotatesRefreshTokens: true,
    requiresPushedRequests: false,
    requiresSenderConstraint: false,
    allowsRs256: true,
  },
  service: {
    applicationType: 'web',
    authMethods: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'self_signed_tls_client_auth',
      'tls_client_auth',
    ],
    grantTypes: [GRANT_TYPES.clientCredentials, GRANT_TYPES.tokenExchange, GRANT_TYPES.jwtBearer],
    defaultGrantTypes: [GRANT_TYPES.clientCredentials],
    redirects: [],
    rotatesRefreshTokens: true,
    requiresPushedRequests: false,
    requiresSenderConstraint: false,
    allowsRs256: true,
  },
  fapi2: {
    applicationType: 'web',
    authMethods: ['private_key_jwt', 'self_signed_tls_client_auth', 'tls_client_auth'],
    grantTypes: [...WITH_USER, GRANT_TYPES.clientCredentials, GRANT_TYPES.ciba],
    defaultGrantTypes: WITH_USER,
    redirects: ['https'],
    rotatesRefreshTokens: false,
    requiresPushedRequests: true,
    requiresSenderConstraint: true,
    allowsRs256: false,
  },
}

/** Methods that need a secret of ours. */
export function usesSecret(method: ClientAuthMethod): boolean {
  return method === 'client_secret_basic' || method === 'client_secret_post'
}
