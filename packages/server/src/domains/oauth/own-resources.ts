/** Opens our own API. */
export const ACCOUNT_SCOPE = 'account'

/** Open the interfaces of shared signals; the names are those of the CAEP interoperability profile. */
export const SIGNAL_SCOPES = { read: 'ssf.read', manage: 'ssf.manage' } as const

/** The resource server (RFC 8707) that receivers of security events get their tokens for. */
export function signalsResourceOf(issuer: string): string {
  return `${issuer}/ssf`
}

/**
 * The resource server of ours that a scope opens; undefined for a scope of others.
 * SECURITY: a scope that opens something of ours goes into tokens for that and for nothing else, so
 * that no other resource server is handed a token that would open it.
 */
export function ownResourceOf(issuer: string, scope: string): string | undefined {
  if (scope === ACCOUNT_SCOPE) return issuer
  const isOfSignals = scope === SIGNAL_SCOPES.read || scope === SIGNAL_SCOPES.manage
  return isOfSignals ? signalsResourceOf(issuer) : undefined
}
