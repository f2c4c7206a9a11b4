import type { FastifyRequest } from 'fastify'
import {
  AppError,
  type AuthenticatedClient,
  constantTimeEqual,
  minutes,
  type Principal,
  type RequestContext,
  type UserContext,
} from '../../kernel/index.ts'
import { httpErrors } from './http-errors.ts'
import type { HttpPorts } from './ports.ts'
import { sourceKey } from './source-key.ts'

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
    const accessToken = readBearer(authorization)
    return recordingRefusals(ports, context, () => ports.authenticateBearer(context, accessToken))
  }
  if (sessionCookie !== undefined) {
    const principal = await ports.authenticateCookie(context, sessionCookie)
    if (principal !== undefined) return principal
  }
  throw httpErrors.authentication_required()
}

/**
 * Finds out which OAuth client calls for itself. No cookie counts here, so no browser can be made to.
 * @throws authentication_required, invalid_token, insufficient_scope
 */
export function authenticateClient(
  ports: HttpPorts,
  context: RequestContext,
  authorization: string | undefined,
  scopes: readonly string[],
): Promise<AuthenticatedClient> {
  const accessToken = readBearer(authorization ?? '')
  return recordingRefusals(ports, context, async () => {
    const client = await ports.authenticateClient(context, accessToken)
    if (scopes.some((scope) => client.scopes.includes(scope))) return client
    // RFC 6750 §3.1. What the token was given for is all that it opens.
    const wwwAuthenticate = `Bearer error="insufficient_scope", scope="${scopes.at(-1)}"`
    throw httpErrors.insufficient_scope({ wwwAuthenticate, internal: 'scope_missing' })
  })
}

function readBearer(authorization: string): string {
  const match = BEARER.exec(authorization)
  if (match?.[1] === undefined) throw httpErrors.authentication_required()
  return match[1]
}

/**
 * Records refused tokens, but not without end: whoever sends rubbish in a loop would fill the
 * audit trail, which nobody can empty again.
 */
async function recordingRefusals<T>(
  ports: HttpPorts,
  context: RequestContext,
  authenticateToken: () => Promise<T>,
): Promise<T> {
  try {
    return await authenticateToken()
  } catch (error) {
    if (!isRefusedToken(error)) throw error
    const key = `${context.tenant.id}|${sourceKey(context.source.ip)}`
    const { allowed } = await ports.limiter.consume(REFUSED_TOKENS, key)
    if (!allowed) throw httpErrors.too_many_requests({ retryAfter: REFUSED_TOKENS.window })
    const reason = error.options.internal ?? ''
    await ports.recordRefusal(context, { action: 'access_token.refused', details: { reason } })
    throw error
  }
}

/** A token of ours that merely expired is daily life and decides nothing. */
function isRefusedToken(error: unknown): error is AppError {
  if (!(error instanceof AppError) || !REFUSALS_OF_TOKENS.has(error.code)) return false
  return error.options.internal !== 'token_expired'
}

/**
 * SECURITY: cross-site request forgery. A browser adds the cookie to a request that another site
 * makes, but it can't read our CSRF token, and it names the site in `Origin`. Both must be right.
 * @throws csrf_token_invalid
 */
export async function checkCsrf(
  ports: HttpPorts,
  request: FastifyRequest,
  context: UserContext,
  sessionCookie: string | undefined,
): Promise<void> {
  if (context.principal.via !== 'session_cookie' || isSafe(request.method)) return
  const sent = request.headers['x-csrf-token']
  const expected = ports.csrfTokenOf(sessionCookie ?? '')
  if (typeof sent !== 'string' || !constantTimeEqual(sent, expected)) {
    const details = { sent: typeof sent === 'string' ? 'wrong' : 'missing' }
    await ports.recordRefusal(context, { action: 'cross_site_request.refused', details })
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

const REFUSALS_OF_TOKENS: ReadonlySet<string> = new Set([
  httpErrors.invalid_token.code,
  httpErrors.insufficient_scope.code,
])
const REFUSED_TOKENS = { name: 'refused-tokens', limit: 120, window: minutes(1) }
