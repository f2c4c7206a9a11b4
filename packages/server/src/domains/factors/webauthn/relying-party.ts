/** Whom credentials are made for. @see WebAuthn L3 §4 */
export interface RelyingParty {
  /** RP ID: the host name of the server, without port. */
  readonly id: string
  /** Where pages may run that ask for credentials. */
  readonly origins: readonly string[]
}

/**
 * All tenants of an installation share one relying party: they share its host. Whose credential it
 * is decides the tenant of the request, where credentials of other tenants do not exist.
 */
export function relyingPartyOf({
  baseUrl,
  allowedOrigins,
}: {
  readonly baseUrl: string
  readonly allowedOrigins: readonly string[]
}): RelyingParty {
  const { hostname, origin } = new URL(baseUrl)
  return { id: hostname, origins: [...new Set([origin, ...allowedOrigins])] }
}
