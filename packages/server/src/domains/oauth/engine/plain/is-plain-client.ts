import type { RequestContext } from '../../../../kernel/index.ts'
import type { ClientWithSecrets } from '../../clients/model.ts'
import { type GrantType, usesSecret } from '../../clients/profiles.ts'
import { hasOfferedAlgorithms } from '../../clients/signing-choices.ts'

/** A client that gets tokens by that grant, and needs no more than its secret for them. */
export function isPlainClient(
  { tenant }: RequestContext,
  { metadata }: ClientWithSecrets,
  grantType: GrantType,
): boolean {
  return (
    hasOfferedAlgorithms(tenant.policy, metadata) &&
    metadata.grant_types.includes(grantType) &&
    usesSecret(metadata.token_endpoint_auth_method) &&
    metadata.dpop_bound_access_tokens !== true &&
    metadata.tls_client_certificate_bound_access_tokens !== true
  )
}
