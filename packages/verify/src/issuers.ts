/** One issuer, several, or every tenant of one Countersign server. */
export type IssuerOption = string | readonly string[] | { readonly tenantsOf: string }

/** Says whether a token's `iss` is one we accept. */
export type IssuerMatcher = (issuer: string) => boolean

/**
 * Builds the issuer check; it never needs the network.
 *
 * @throws TypeError for an empty list or what is no URL.
 * @see RFC 8725 §3.8, RFC 9068 §4 (exact match)
 */
export function createIssuerMatcher(option: IssuerOption): IssuerMatcher {
  if (isTenantsOf(option)) return matchTenants(option.tenantsOf)
  const issuers = new Set(typeof option === 'string' ? [option] : option)
  if (issuers.size === 0) throw new TypeError('`issuer` needs at least one entry')
  for (const issuer of issuers) checkUrl(issuer)
  return (issuer) => issuers.has(issuer)
}

/** The only issuer, if there is only one. */
export function soleIssuer(option: IssuerOption): string | undefined {
  if (isTenantsOf(option)) return undefined
  if (typeof option === 'string') return option
  return option.length === 1 ? option[0] : undefined
}

function isTenantsOf(option: IssuerOption): option is { readonly tenantsOf: string } {
  return typeof option === 'object' && 'tenantsOf' in option
}

function matchTenants(base: string): IssuerMatcher {
  checkUrl(base)
  const prefix = `${base.replace(/\/$/, '')}/t/`
  // SECURITY: the slug becomes a part of the JWKS address, so it can hold no `/`, `?`, `#` or `..`.
  return (issuer) => issuer.startsWith(prefix) && SLUG.test(issuer.slice(prefix.length))
}

function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  // RFC 8414 §2: an issuer has neither query nor fragment.
  if (url === undefined || !/^https?:$/.test(url.protocol) || /[?#]/.test(text)) {
    throw new TypeError(`issuer \`${text}\` is not an http(s) URL without query and fragment`)
  }
}

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
