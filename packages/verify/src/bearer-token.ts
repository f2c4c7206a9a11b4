import { VerifyError } from './verify-error.ts'

/** The parts of a request that are read: Node's, Fastify's, Express's or a fetch `Request`. */
export interface RequestLike {
  readonly headers: HeadersLike | Readonly<Record<string, string | readonly string[] | undefined>>
  /** Path with query, or a whole URL; read to refuse a token in the query. */
  readonly url?: string | undefined
  /** As Node received them: it hides a second `Authorization` header from `headers`. */
  readonly rawHeaders?: readonly string[] | undefined
  readonly raw?: { readonly rawHeaders?: readonly string[] | undefined } | undefined
}

interface HeadersLike {
  get(name: string): string | null
}

/**
 * Reads the access token of a request from its `Authorization` header, and from nowhere else.
 *
 * @throws VerifyError `token_missing`, `token_malformed`, `request_invalid`.
 * @see RFC 6750 §2, §3.1; RFC 9700 §4.3.2 (no tokens in the query)
 */
export function readBearerToken(request: RequestLike): string {
  if (hasTokenInQuery(request.url)) {
    throw new VerifyError('request_invalid', { detail: 'send the token in `Authorization`' })
  }
  const values = authorizationValues(request)
  // Attack: a proxy checks one header, the service the other.
  if (values.length > 1) {
    throw new VerifyError('request_invalid', { detail: 'more than one `Authorization` header' })
  }
  const value = values[0] ?? ''
  if (!/^bearer(?: |$)/i.test(value)) throw new VerifyError('token_missing')
  const token = value.slice('bearer'.length).replace(/^ +/, '')
  if (token === '') throw new VerifyError('token_missing')
  if (!TOKEN68.test(token)) throw new VerifyError('token_malformed')
  return token
}

function authorizationValues(request: RequestLike): readonly string[] {
  const raw = request.rawHeaders ?? request.raw?.rawHeaders
  const received = raw?.filter((_, at) => at % 2 === 1 && isAuthorization(raw[at - 1] ?? '')) ?? []
  if (received.length > 1) return received
  const { headers } = request
  if (isHeaders(headers)) {
    const value = headers.get('authorization')
    return value === null ? [] : [value]
  }
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || !isAuthorization(name) ? [] : value,
  )
}

function isAuthorization(name: string): boolean {
  return name.length === 13 && name.toLowerCase() === 'authorization'
}

function isHeaders(headers: RequestLike['headers']): headers is HeadersLike {
  return typeof headers['get'] === 'function'
}

function hasTokenInQuery(url: string | undefined): boolean {
  const at = url?.indexOf('?') ?? -1
  if (url === undefined || at < 0) return false
  return new URLSearchParams(url.slice(at + 1)).has('access_token')
}

// RFC 6750 §2.1 (b64token); a list of several credentials contains a comma and does not match.
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/
