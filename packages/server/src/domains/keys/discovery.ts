import type { z } from 'zod'
import type { TenantRef } from '../../kernel/index.ts'
import type { discoverySchema } from './schema.ts'

export type DiscoveryDocument = z.output<typeof discoverySchema>

/**
 * Metadata of a tenant as authorization server: what is true in this release, and nothing that
 * does not exist yet. So there is no authorization and no token endpoint.
 * @see RFC 8414 §2, OpenID Connect Discovery 1.0 §3
 */
export function describeAuthorizationServer(tenant: Pick<TenantRef, 'issuer'>): DiscoveryDocument {
  return {
    issuer: tenant.issuer,
    jwks_uri: `${tenant.issuer}/jwks.json`,
    response_types_supported: [],
    // RFC 8414 §2: left out, it would mean `authorization_code` and `implicit`.
    grant_types_supported: [],
    subject_types_supported: ['public'],
    // Required by OpenID Connect; every signature of this server is ES256.
    id_token_signing_alg_values_supported: ['ES256'],
  }
}
