/**
 * Every tenant path lives under `/t/{tenant}`. Some are reached by another address as well:
 * operators' paths belong to the `system` tenant; RFC 8414 §3.1, RFC 9728 §3.1 and SSF §7.2 put the well-known segment
 * in front of the issuer's path; a default tenant is served without the prefix. The Host header plays
 * no part in any of it.
 */
export function rewriteUrl(url: string, defaultTenant: string | undefined): string {
  if (url.startsWith('/t/')) return url
  if (/^\/api\/system(?:[/?]|$)/.test(url)) return `/t/system${url}`
  const metadata = METADATA_IN_FRONT.exec(url)
  if (metadata !== null) return `/t/${metadata[2]}/.well-known/${metadata[1]}${metadata[3]}`
  if (defaultTenant !== undefined && TENANT_PATH.test(url)) return `/t/${defaultTenant}${url}`
  return url
}

const METADATA_IN_FRONT =
  /^\/\.well-known\/(oauth-authorization-server|openid-configuration|oauth-protected-resource|ssf-configuration)\/t\/([a-z0-9-]{1,63})((?:\?.*)?)$/
const TENANT_PATH =
  /^\/(?:api\/|oauth\/|ssf\/|interaction\/|jwks\.json|\.well-known\/(?:oauth-authorization-server|openid-configuration|oauth-protected-resource|ssf-configuration)(?:\?|$))/
