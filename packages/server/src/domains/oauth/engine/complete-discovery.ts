import type { KoaContextWithOIDC } from 'oidc-provider'
import type { EngineServices } from './engine-services.ts'
import { currentScope } from './request-scope.ts'

/** The engine tells what it can do; this makes it what the deployment can do. RFC 8414 §2. */
export function completeDiscovery(
  { mutualTls, baseUrl }: Pick<EngineServices, 'mutualTls' | 'baseUrl'>,
  ctx: KoaContextWithOIDC,
): void {
  const body = ctx.body as Record<string, unknown>
  if (currentScope().context.tenant.policy.clientDocuments === 'allowed') {
    body['client_id_metadata_document_supported'] = true
  }
  const missing = new Set<unknown>([
    ...(mutualTls.isOffered ? [] : ['self_signed_tls_client_auth']),
    ...(mutualTls.isVerified ? [] : ['tls_client_auth']),
  ])
  for (const [name, value] of Object.entries(body)) {
    if (!name.endsWith('_endpoint_auth_methods_supported') || !Array.isArray(value)) continue
    body[name] = value.filter((method) => !missing.has(method))
  }
  for (const [name, value] of Object.entries(body)) {
    if (name.includes('_encryption_') && Array.isArray(value) && value.length === 0)
      delete body[name]
  }
  if (!mutualTls.isOffered) {
    delete body['tls_client_certificate_bound_access_tokens']
  } else if (mutualTls.baseUrl !== baseUrl) {
    body['mtls_endpoint_aliases'] = aliases(body, { from: baseUrl, to: mutualTls.baseUrl })
  }
}

/** RFC 8705 §5: browsers are to be asked for no certificate, so these live under another name. */
function aliases(
  body: Readonly<Record<string, unknown>>,
  { from, to }: { readonly from: string; readonly to: string },
): Record<string, string> {
  return Object.fromEntries(
    ALIASED.flatMap((name) => {
      const address = body[name]
      if (typeof address !== 'string') return []
      return [[name, `${to}${address.slice(from.length)}`]]
    }),
  )
}

const ALIASED = [
  'token_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'userinfo_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'backchannel_authentication_endpoint',
] as const
