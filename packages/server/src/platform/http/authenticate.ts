import type { FastifyRequest } from 'fastify'
import { constantTimeEqual, type Principal, type RequestContext } from '../../kernel/index.ts'
import { httpErrors } from './http-errors.ts'
import type { HttpPorts } from './ports.ts'

export interface Credentials {
  readonly authorization: string | undefined
  readonly sessionCookie: string | undefined
}

/**
 * Finds out who calls. A bearer token wins over a cookie: it can't be sent by a browser on its own.
 * @throws authentication_required, invalid_token
 */
export async function authenticate(
  ports: HttpPorts,
  context: RequestContext,
  { authorization, sessionCookie }: Credentials,
): Promise<Principal> {
  if (authorization !== undefined) {
    const match = BEARER.exec(authorization)
    if (match?.[1] === undefined) throw httpErrors.authentication_required()
    return ports.authenticateBearer(context, match[1])
  }
  if (sessionCookie !== undefined) {
    const principal = await ports.authenticateCookie(context, sessionCookie)
    if (principal !== undefined) return principal
  }
  throw httpErrors.authentication_required()
}

/**
 * SECURITY: cross-site request forgery. A browser adds the cookie to a request that another site
 * makes, but it can't read our CSRF token, and it names the site in `Origin`. Both must be right.
 * @throws csrf_token_invalid
 */
export function checkCsrf(
  ports: HttpPorts,
  request: FastifyRequest,
  { principal, sessionCookie }: { principal: Principal; sessionCookie: string | undefined },
): void {
  if (principal.via !== 'session_cookie' || isSafe(request.method)) return
  const sent = request.headers['x-csrf-token']
  const expected = ports.csrfTokenOf(sessionCookie ?? '')
  if (typeof sent !== 'string' || !constantTimeEqual(sent, expected)) {
    throw httpErrors.csrf_token_invalid()
  }
}

/**
 * An unsafe request that a page of an unknown site makes is refused, whatever it carries: sign-in
 * too, or a victim could be signed in to the attacker's account. Programs send no `Origin`.
 * @throws origin_refused
 */
export function checkOrigin(request: FastifyRequest, allowedOrigins: ReadonlySet<string>): void {
  if (isSafe(request.method)) return
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  if (origin === undefined ? site === 'cross-site' : !allowedOrigins.has(origin)) {
    throw httpErrors.origin_refused()
  }
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** RFC 6750 §2.1: `Bearer` and one b64token. */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i
