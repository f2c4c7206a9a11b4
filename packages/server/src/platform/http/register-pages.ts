import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  constantTimeEqual,
  type RequestContext,
  type RequestId,
  type UserContext,
} from '../../kernel/index.ts'
import { randomToken } from '../crypto/index.ts'
import { checkOrigin } from './authenticate.ts'
import { checkAssurance } from './check-assurance.ts'
import { checkSource } from './check-source.ts'
import { readCookie, writeCookie } from './cookies.ts'
import { httpErrors } from './http-errors.ts'
import type { HostedPages, PageReply, PageRoute, PageVisit } from './page-route.ts'
import { parseForm } from './parse-form.ts'
import type { HttpPorts } from './ports.ts'
import { sayWhenToRetry, toAppError } from './problem.ts'
import { assessRisk, createContext, enforceLimit, findTenant } from './request-pipeline.ts'
import { PAGE_CONTENT_SECURITY_POLICY } from './security-headers.ts'
import { sourceKey } from './source-key.ts'

export interface PageOptions {
  readonly ports: HttpPorts
  readonly pages: HostedPages
  /** The one origin whose forms are accepted: that of the pages themselves. */
  readonly origin: string
  readonly rateLimitScale: number
}

/** Pages and their forms, beside the API: here and nowhere else a form is read. */
export async function registerPages(server: FastifyInstance, options: PageOptions): Promise<void> {
  await server.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'buffer' },
      async (_request: FastifyRequest, body: Buffer) => parseForm(body),
    )
    scope.addHook('onRequest', async (_request, reply) => {
      // `no-referrer` would make browsers send `Origin: null` with every form.
      void reply.headers({
        'Content-Security-Policy': PAGE_CONTENT_SECURITY_POLICY,
        'Referrer-Policy': 'same-origin',
      })
    })
    scope.setErrorHandler((error, request, reply) => {
      const opened = { visit: undefined, newFormSecret: undefined }
      return refuse(options, { request, reply, opened }, error)
    })
    for (const route of options.pages.routes) register(scope, route, options)
  })
}

function register(scope: FastifyInstance, route: PageRoute, options: PageOptions): void {
  scope.route({
    method: route.method,
    url: `/t/:tenant${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    handler: async (request, reply) => {
      const opened: Opened = { visit: undefined, newFormSecret: undefined }
      const exchange = { request, reply, opened }
      let page: PageReply
      try {
        page = await answer(route, options, exchange)
      } catch (error) {
        return refuse(options, exchange, error)
      }
      return send(exchange, page)
    },
  })
}

/** What is known of a request so far; an error page tells as much. */
interface Opened {
  visit: PageVisit | undefined
  newFormSecret: string | undefined
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly opened: Opened
}

async function answer(
  route: PageRoute,
  options: PageOptions,
  exchange: Exchange,
): Promise<PageReply> {
  const { ports } = options
  const { request, reply, opened } = exchange
  const anonymous = createContext(ports, request, await findTenant(ports, {}, request))
  opened.visit = createVisit(ports, route, exchange, anonymous)
  if (route.method === 'POST') checkFormOrigin(request, options.origin)
  const limit = { ...route.rateLimit, limit: route.rateLimit.limit * options.rateLimitScale }
  if (route.rateLimit.by === 'source') {
    const key = `${anonymous.tenant.id}|${sourceKey(anonymous.source.ip)}`
    await enforceLimit(ports, reply, limit, key)
  }
  if (route.auth.kind !== 'anyone' || route.method === 'POST') await checkSource(ports, anonymous)
  const context = await identify(ports, route, request, anonymous)
  opened.visit = createVisit(ports, route, exchange, context)
  if (route.rateLimit.by === 'principal' && context.principal !== undefined) {
    await enforceLimit(ports, reply, limit, context.principal.userId)
  }
  if (route.method === 'POST') await checkFormToken(ports, opened.visit)
  await checkPageAssurance(ports, route, context)
  if (route.cacheControl !== undefined) void reply.header('Cache-Control', route.cacheControl)
  return route.handler(opened.visit)
}

function createVisit(
  ports: HttpPorts,
  route: PageRoute,
  { request, opened }: Exchange,
  context: RequestContext,
): PageVisit {
  const { slug } = context.tenant
  const cookie = (name: string) => readCookie(request.headers.cookie, slug, name)
  const session = cookie('session')
  const isOfSession = route.auth.kind === 'user' && session !== undefined
  return {
    context,
    address: request.url,
    query: textsOf({ ...(request.query as object), ...pathParametersOf(request) }),
    form: textsOf(request.body),
    // Made when it is asked for: what has no form sets no cookie, and may be cached.
    get csrfToken() {
      return ports.csrfTokenOf(isOfSession ? session : `form.${formSecret(cookie, opened)}`)
    },
    cookie,
  }
}

/** Before there is a session, forms are bound to the browser by a cookie of their own. */
function formSecret(cookie: PageVisit['cookie'], opened: Opened): string {
  const known = cookie(FORM_COOKIE)
  if (known !== undefined) return known
  opened.newFormSecret ??= randomToken(16)
  return opened.newFormSecret
}

function pathParametersOf(request: FastifyRequest): object {
  const { tenant: _, ...parameters } = request.params as Record<string, string>
  return parameters
}

/** A parameter that comes twice is none. */
function textsOf(members: unknown): Readonly<Record<string, string>> {
  if (typeof members !== 'object' || members === null) return {}
  return Object.fromEntries(
    Object.entries(members).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  )
}

/** Every browser names the origin of a form; what does not is none. @throws origin_refused */
function checkFormOrigin(request: FastifyRequest, origin: string): void {
  checkOrigin(request, new Set([origin]))
  if (request.headers.origin === undefined) throw httpErrors.origin_refused()
}

async function identify(
  ports: HttpPorts,
  { auth }: PageRoute,
  request: FastifyRequest,
  anonymous: RequestContext,
): Promise<RequestContext> {
  if (auth.kind === 'anyone') return anonymous
  const cookie = readCookie(request.headers.cookie, anonymous.tenant.slug, 'session')
  const principal =
    cookie === undefined ? undefined : await ports.authenticateCookie(anonymous, cookie)
  if (principal === undefined && auth.kind === 'user') throw httpErrors.authentication_required()
  return Object.freeze({ ...anonymous, principal })
}

/** SECURITY: as for the API, another site can make a browser send a form but can't know this. */
async function checkFormToken(ports: HttpPorts, visit: PageVisit): Promise<void> {
  const sent = visit.form['csrf']
  if (sent !== undefined && constantTimeEqual(sent, visit.csrfToken)) return
  const { context } = visit
  if (context.principal !== undefined) {
    const details = { sent: sent === undefined ? 'missing' : 'wrong' }
    const refusal = { action: 'cross_site_request.refused', details } as const
    await ports.recordRefusal(context as UserContext, refusal)
  }
  throw httpErrors.csrf_token_invalid()
}

/** As for the API. @throws insufficient_user_authentication, risk_refused */
async function checkPageAssurance(
  ports: HttpPorts,
  { auth }: PageRoute,
  context: RequestContext,
): Promise<void> {
  if (auth.kind !== 'user') return
  checkAssurance({ auth }, context)
  await assessRisk(ports, { auth }, context)
}

function send({ request, reply, opened }: Exchange, page: PageReply): FastifyReply {
  const { visit, newFormSecret } = opened
  const slug = visit?.context.tenant.slug
  if (slug !== undefined) {
    const form = newFormSecret === undefined || request.method !== 'GET' ? [] : [newFormSecret]
    for (const cookie of [
      ...form.map((value) => ({ name: FORM_COOKIE, value })),
      ...(page.cookies ?? []),
    ]) {
      void reply.header('Set-Cookie', writeCookie(slug, cookie))
    }
  }
  if (page.location !== undefined) void reply.header('Location', page.location)
  if (!reply.hasHeader('Cache-Control')) void reply.header('Cache-Control', 'no-store')
  return reply
    .code(page.status)
    .type(page.contentType ?? 'text/html; charset=utf-8')
    .send(page.body ?? '')
}

async function refuse(
  { ports, pages }: PageOptions,
  exchange: Exchange,
  error: unknown,
): Promise<FastifyReply> {
  const { request, reply, opened } = exchange
  const refusal = toAppError(error)
  const requestId = request.id as RequestId
  if (refusal.status >= 500) {
    const { code, options } = refusal
    const route = request.routeOptions.url
    ports.logger.error('http.failed', { requestId, route, code, err: options.cause ?? refusal })
  }
  const page = await pages.refuse({
    error: refusal,
    requestId,
    acceptLanguage: request.headers['accept-language'],
    visit: opened.visit,
  })
  sayWhenToRetry(reply, refusal)
  void reply.header('Cache-Control', 'no-store')
  return send(exchange, page)
}

const FORM_COOKIE = 'form'
