/** How a redirect address reaches the application. @see RFC 8252 §7 */
export type RedirectKind = 'https' | 'loopback' | 'private'

/**
 * Says what kind of redirect address this is; undefined for one that may not be registered.
 *
 * SECURITY: addresses are compared as text when they are used, so one that a browser would read
 * differently than we do is refused here: it must equal what the URL parser makes of it. Attack:
 * `https://good.example\@evil.example`, `https://good.example%2f@…`, tabs, upper case, unicode.
 * @see RFC 9700 §2.1, RFC 6749 §3.1.2
 */
export function redirectKindOf(text: string): RedirectKind | undefined {
  const url = parseExactly(text)
  if (url === undefined || url.hash !== '' || text.includes('#')) return undefined
  if (url.username !== '' || url.password !== '' || text.includes('*')) return undefined
  if (url.protocol === 'https:') return url.hostname === '' ? undefined : 'https'
  if (url.protocol === 'http:') return LOOPBACK_HOSTS.has(url.hostname) ? 'loopback' : undefined
  // RFC 8252 §7.1: a scheme of the application's own contains a period, so it is none of the
  // schemes that a browser acts upon (`javascript:`, `data:`, `file:`).
  return PRIVATE_SCHEME.test(url.protocol) ? 'private' : undefined
}

/** True for an address that a page may link to. */
export function isWebAddress(text: string): boolean {
  const kind = redirectKindOf(text)
  return kind === 'https' || kind === 'loopback'
}

function parseExactly(text: string): URL | undefined {
  if (!VISIBLE_ASCII.test(text) || text.includes('\\')) return undefined
  const url = URL.parse(text)
  if (url === null) return undefined
  // The parser adds the slash after a host; that is the only difference allowed.
  return url.href === text || url.href === `${text}/` ? url : undefined
}

const VISIBLE_ASCII = /^[\x21-\x7e]+$/
const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]'])
const PRIVATE_SCHEME = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/
