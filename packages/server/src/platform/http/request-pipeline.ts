import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  type AuthenticatedClient,
  type RequestContext,
  type RequestId,
  Secret,
  type TenantRef,
  type UserContext,
} from '../../kernel/index.ts'
import { databaseErrors } from '../db/index.ts'
import { parseIdempotencyKey } from '../idempotency/index.ts'
import { rateLimitHeaders, type RateLimitPolicy } from '../rate-limit/index.ts'
import { parseAcceptLanguage } from './accept-language.ts'
import { authenticate, authenticateClient, checkCsrf, checkOrigin } from './authenticate.ts'
import { checkAssurance } from './check-assurance.ts'
import { checkSource, isSourceJudged } from './check-source.ts'
import { readCookie, writeCookie } from './cookies.ts'
import { isIdempotent, isRiskJudged, type Reply, type Route } from './define-route.ts'
import { httpErrors } from './http-errors.ts'
import { parseIfMatch } from './if-match.ts'
import type { HttpPorts } from './ports.ts'
import { sourceKey } from './source-key.ts'
import { validate } from './validate.ts'

export interface PipelineOptions {
  readonly ports: HttpPorts
  readonly allowedOrigins: ReadonlySet<string>
  /** Multiplies every limit; 1 unless the operator knows better. */
  readonly rateLimitScale: number
}

/** The life of a request to one route, in the order in which things are proven. */
export function createPipeline(route: Route, options: PipelineOptions) {
  const { ports } = options
  const limit = scale(route, options.rateLimitScale)
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    checkOrigin(request, options.allowedOrigins)
    const anonymous = createContext(ports, request, await findTenant(ports, route, request))
    if (route.rateLimit.by === 'source') {
      await enforceLimit(
        ports,
        reply,
        limit,
        `${anonymous.tenant.id}|${sourceKey(anonymous.source.ip)}`,
      )
    }
    if (isSourceJudged(route)) await checkSource(ports, anonymous)
    const context = await identify(ports, route, request, anonymous)
    const caller = context.client?.id ?? context.principal?.userId
    if (route.rateLimit.by === 'principal' && caller !== undefined) {
      await enforceLimit(ports, reply, limit, caller)
    }
    await checkPermission(ports, route, context)
    const input = readInput(route, request, anonymous.tenant.slug)
    checkAssurance(route, context)
    await assessRisk(ports, route, context)
    const answer = await handle(ports, route, request, { context, input })
    return send(reply, route, context.tenant.slug, answer)
  }
}

/** @throws tenant_not_found, tenant_suspended, not_found */
export async function findTenant(
  ports: HttpPorts,
  route: Pick<Route, 'operatorOnly'>,
  request: FastifyRequest,
) {
  const { tenant: slug = '' } = request.params as { tenant?: string }
  const tenant = SLUG.test(slug) ? await ports.resolveTenant(slug) : undefined
  if (tenant === undefined) throw databaseErrors.tenant_not_found()
  if (route.operatorOnly === true && tenant.slug !== 'system') throw httpErrors.not_found()
  if (tenant.status !== 'active') throw databaseErrors.tenant_suspended()
  return tenant
}

export function createContext(
  ports: HttpPorts,
  request: FastifyRequest,
  tenant: TenantRef,
): RequestContext {
  const userAgent = request.headers['user-agent']?.slice(0, 256)
  return Object.freeze({
    requestId: request.id as RequestId,
    tenant,
    principal: undefined,
    source: {
      ip: request.ip,
      userAgent,
      clientHints: readClientHints(request),
      languages: parseAcceptLanguage(request.headers['accept-language']),
      ...readBrowser(ports, request, tenant),
    },
    clock: ports.clock,
  })
}

/** Low entropy: the hints that browsers send without being asked. */
function readClientHints({ headers }: FastifyRequest): string | undefined {
  const platform = headers['sec-ch-ua-platform']
  if (typeof platform !== 'string') return undefined
  return `${platform} ${String(headers['sec-ch-ua-mobile'])}`.slice(0, 64)
}

function readBrowser(ports: HttpPorts, request: FastifyRequest, tenant: TenantRef) {
  const { cookie } = request.headers
  if (cookie === undefined) return {}
  const device = readCookie(cookie, tenant.slug, 'device')
  const session = readCookie(cookie, tenant.slug, 'session')
  return {
    device: device === undefined ? undefined : ports.verifyDeviceCookie(tenant, device),
    sessionCookie: session === undefined ? undefined : new Secret(session),
  }
}

async function identify(
  ports: HttpPorts,
  route: Route,
  request: FastifyRequest,
  anonymous: RequestContext,
): Promise<RequestContext & { readonly client?: AuthenticatedClient }> {
  const { auth } = route
  if (auth.kind === 'public') return anonymous
  if (auth.kind === 'client') {
    const { authorization } = request.headers
    const client = await authenticateClient(ports, anonymous, authorization, auth.scopes)
    return Object.freeze({ ...anonymous, client })
  }
  const sessionCookie = readCookie(request.headers.cookie, anonymous.tenant.slug, 'session')
  const { authorization } = request.headers
  const principal = await authenticate(ports, anonymous, { authorization, sessionCookie })
  const context = Object.freeze({ ...anonymous, principal })
  await checkCsrf(ports, request, context, sessionCookie)
  return context
}

async function checkPermission(
  ports: HttpPorts,
  route: Route,
  { principal, ...rest }: RequestContext,
): Promise<void> {
  if (route.auth.kind !== 'permission') return
  // INVARIANT: `identify` lets nobody through to a guarded route without a principal.
  if (principal === undefined) throw httpErrors.authentication_required()
  await ports.authorize({ ...rest, principal }, route.auth.permission, route.id)
}

export async function assessRisk(
  ports: HttpPorts,
  route: Pick<Route, 'auth'>,
  { principal, ...rest }: RequestContext,
): Promise<void> {
  if (!isRiskJudged(route)) return
  // INVARIANT: `identify` lets nobody through to a guarded route without a principal.
  if (principal === undefined) throw httpErrors.authentication_required()
  await ports.assessRisk({ ...rest, principal })
}

/** @throws too_many_requests */
export async function enforceLimit(
  ports: HttpPorts,
  reply: FastifyReply,
  policy: RateLimitPolicy,
  key: string,
): Promise<void> {
  const result = await ports.limiter.consume(policy, key)
  void reply.headers(rateLimitHeaders(policy, result))
  if (result.allowed) return
  ports.metrics.countRateLimited(policy.name)
  throw httpErrors.too_many_requests()
}

function scale(route: Route, factor: number): RateLimitPolicy {
  const { limit, window } = route.rateLimit
  const name = route.id.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return { name, limit: limit * factor, window }
}

function readInput(route: Route, request: FastifyRequest, slug: string) {
  const { tenant: _, ...params } = request.params as Record<string, string>
  return {
    params: validate(route.params, params, '') as undefined,
    query: validate(route.query, request.query, '') as undefined,
    body: validate(route.body, request.body ?? {}, '') as undefined,
    ifMatch: route.isConditional === true ? parseIfMatch(request.headers['if-match']) : undefined,
    cookie: (name: string) => readCookie(request.headers.cookie, slug, name),
  }
}

/** Behind everything that may refuse: who lost a permission is not shown what they made with it. */
async function handle(
  ports: HttpPorts,
  route: Route,
  request: FastifyRequest,
  { context, input }: { context: RequestContext; input: ReturnType<typeof readInput> },
): Promise<Reply> {
  const key = isIdempotent(route)
    ? parseIdempotencyKey(request.headers['idempotency-key'])
    : undefined
  const { principal } = context
  if (key === undefined || principal === undefined) return route.handler(context, input)
  const { tenant: _, ...params } = request.params as Record<string, string>
  const content = { params, query: request.query, body: request.body }
  const asked = { routeId: route.id, key, content }
  const work = (claimed: UserContext) => route.handler(claimed, input)
  const { answer, isReplayed } = await ports.answerOnce({ ...context, principal }, asked, work)
  if (!isReplayed) return answer
  return { ...answer, headers: { ...answer.headers, 'Idempotency-Replayed': 'true' } }
}

function send(reply: FastifyReply, route: Route, slug: string, answer: Reply): FastifyReply {
  void reply.code(answer.status).header('Cache-Control', route.cacheControl ?? 'no-store')
  if (answer.headers !== undefined) void reply.headers(answer.headers)
  if (answer.entityTag !== undefined) void reply.header('ETag', `"${answer.entityTag}"`)
  for (const cookie of answer.cookies ?? []) {
    void reply.header('Set-Cookie', writeCookie(slug, cookie))
  }
  const contentType = route.responses[answer.status]?.contentType
  if (contentType !== undefined) void reply.header('Content-Type', contentType)
  return reply.send(answer.body)
}

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
