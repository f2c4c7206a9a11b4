import { clientOf } from './resource-servers.ts'

/**
 * Who learns about a token: the client that it was issued to, and the resource servers that it was
 * issued for. To all others it is inactive.
 * @see RFC 7662 §2.2, §4
 */
export function mayIntrospect(
  asking: string,
  token: { readonly clientId: unknown; readonly audience: unknown },
): boolean {
  if (token.clientId === asking) return true
  const { metadata } = clientOf(asking)
  if (metadata.token_endpoint_auth_method === 'none') return false
  const audience = [token.audience].flat()
  return metadata.serves_resources?.some((served) => audience.includes(served)) === true
}
