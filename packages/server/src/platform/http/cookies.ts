import { parse, serialize } from 'cookie'
import { toSeconds } from '../../kernel/index.ts'
import type { ReplyCookie } from './define-route.ts'

/**
 * `__Host-`: only we can set it, over TLS, for this host and the whole path. The tenant is part of
 * the name, so that one browser may be signed in to several tenants. Browsers treat localhost as
 * secure, so this works in development without TLS.
 * @see RFC 6265bis §4.1.3.2
 */
export function cookieName(tenantSlug: string, name: string): string {
  return `__Host-cs_${tenantSlug}_${name}`
}

export function readCookie(
  header: string | undefined,
  tenantSlug: string,
  name: string,
): string | undefined {
  if (header === undefined) return undefined
  const value = parse(header)[cookieName(tenantSlug, name)]
  return value === undefined || value === '' || value.length > MAX_COOKIE_CHARACTERS
    ? undefined
    : value
}

export function writeCookie(tenantSlug: string, cookie: ReplyCookie): string {
  const lifetime =
    cookie.value === undefined
      ? { maxAge: 0 }
      : cookie.maxAge === undefined
        ? {}
        : { maxAge: toSeconds(cookie.maxAge) }
  return serialize(cookieName(tenantSlug, cookie.name), cookie.value ?? '', {
    path: '/',
    httpOnly: true,
    secure: true,
    sameSite: 'lax',
    ...lifetime,
  })
}

const MAX_COOKIE_CHARACTERS = 256
