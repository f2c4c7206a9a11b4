import type { Configuration } from 'oidc-provider'
import { type TenantRef, toSeconds } from '../../../kernel/index.ts'
import type { ClientWithSecrets } from '../clients/model.ts'
import {
  AUTHORIZATION_CODE_LIFETIME,
  CIBA_REQUEST_LIFETIME,
  DEVICE_CODE_LIFETIME,
  GRANT_LIFETIME,
  ID_TOKEN_LIFETIME,
  INTERACTION_LIFETIME,
} from '../policy.ts'
import { currentScope } from './request-scope.ts'
import { clientOf } from './resource-servers.ts'

/** Seconds from each rotation on. */
export function refreshTokenLifetimeOf(
  { policy }: TenantRef,
  { metadata }: ClientWithSecrets,
): number {
  return metadata.refresh_token_lifetime_seconds ?? toSeconds(policy.refreshTokenLifetime)
}

/** Seconds. */
export function engineLifetimes(): NonNullable<Configuration['ttl']> {
  const policy = () => currentScope().context.tenant.policy
  return {
    AccessToken: (_ctx, token) =>
      token.resourceServer?.accessTokenTTL ?? toSeconds(policy().accessTokenLifetime),
    ClientCredentials: (_ctx, token) =>
      token.resourceServer?.accessTokenTTL ?? toSeconds(policy().accessTokenLifetime),
    RefreshToken: (_ctx, _token, client) =>
      refreshTokenLifetimeOf(currentScope().context.tenant, clientOf(client.clientId)),
    Session: () => toSeconds(policy().cookieIdle),
    AuthorizationCode: toSeconds(AUTHORIZATION_CODE_LIFETIME),
    IdToken: toSeconds(ID_TOKEN_LIFETIME),
    Interaction: toSeconds(INTERACTION_LIFETIME),
    DeviceCode: toSeconds(DEVICE_CODE_LIFETIME),
    BackchannelAuthenticationRequest: toSeconds(CIBA_REQUEST_LIFETIME),
    Grant: toSeconds(GRANT_LIFETIME),
  }
}
