import type { Socket } from 'node:net'
import cors from '@fastify/cors'
import { parseStrictJson } from '@countersign/verify/strict-json'
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  fastify,
  type RawRequestDefaultExpression,
} from 'fastify'
import { newId, parseId, type RequestId } from '../../kernel/index.ts'
import type { Route } from './define-route.ts'
import { httpErrors } from './http-errors.ts'
import type { HostedPages } from './page-route.ts'
import type { HttpPorts } from './ports.ts'
import { type ProtocolMount, registerMount } from './protocol-mount.ts'
import { sendProblem, toAppError } from './problem.ts'
import { registerPages } from './register-pages.ts'
import { createPipeline } from './request-pipeline.ts'
import { responseSchemas } from './response-schema.ts'
import { rewriteUrl } from './rewrite-url.ts'
import { securityHeaders } from './security-headers.ts'
import type { StaticPage } from './static-page.ts'
import { registerStaticPage } from './static-page.ts'
import { type TlsOptions, tlsServerOptions } from './tls-server-options.ts'
import { createTrustedPeerCheck } from './trusted-peer.ts'

export interface HttpServerOptions {
  readonly ports: HttpPorts
  readonly routes: readonly Route[]
  /** Pages outside any tenant: documentation, the development mailbox. */
  readonly pages: readonly StaticPage[]
  /** Pages of every tenant, with forms. */
  readonly hostedPages: HostedPages
  /** Paths of every tenant that another engine answers. */
  readonly mounts: readonly ProtocolMount[]
  readonly baseUrl: string
  readonly allowedOrigins: readonly string[]
  /** Addresses or CIDR ranges whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  readonly bodyLimitBytes: number
  readonly defaultTenant: string | undefined
  readonly rateLimitScale: number
  readonly tls: TlsOptions | undefined
}

/** Assembles the server; it does not listen yet. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const headers = securityHeaders(options.baseUrl)
  const server = openServer(options, headers)
  acceptStrictJsonOnly(server)
  await allowCrossOrigin(server, options.allowedOrigins)
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers).header('X-Request-Id', request.id)
    done()
  })
  observe(server, options.ports)
  server.setErrorHandler((error, request, reply) => refuse(options.ports, error, request, reply))
  server.setNotFoundHandler((request, reply) => {
    sendProblem(reply, httpErrors.not_found(), request.id as RequestId)
  })
  const origins = new Set([new URL(options.baseUrl).origin, ...options.allowedOrigins])
  for (const route of options.routes) register(server, route, options, origins)
  for (const page of options.pages) registerStaticPage(server, page)
  const { ports, rateLimitScale } = options
  const origin = new URL(options.baseUrl).origin
  await registerPages(server, { ports, pages: options.hostedPages, origin, rateLimitScale })
  for (const mount of options.mounts) await registerMount(server, mount, options)
  return server
}

/** What speaks HTTP, or with a certificate HTTPS, on the public port. */
function openServer(
  options: HttpServerOptions,
  headers: ReturnType<typeof securityHeaders>,
): FastifyInstance {
  const common = {
    logger: false,
    genReqId: createRequestIds(options.trustedProxies),
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    bodyLimit: options.bodyLimitBytes,
    routerOptions: { maxParamLength: 200 },
    // Slow clients: a request that is not there within this time ends (ASVS 13.2.6, slowloris).
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    rewriteUrl: (request) => rewriteUrl(request.url ?? '/', options.defaultTenant),
    clientErrorHandler: refuseBrokenHttp,
    // No hook runs for an address that can't be decoded.
    frameworkErrors: (error, request, reply) => {
      void reply.headers(headers).header('X-Request-Id', request.id)
      refuse(options.ports, error, request, reply)
    },
  } satisfies FastifyServerOptions
  if (options.tls === undefined) return fastify({ ...common, http: LIMITS })
  const https = { ...tlsServerOptions(options.tls), ...LIMITS }
  // The type of the server under it differs; nobody here asks for more than both have.
  return fastify({ ...common, https }) as unknown as FastifyInstance
}

const LIMITS = { maxHeaderSize: 16_384 } as const

/**
 * A proxy that we trust may name the request, so that its log and ours can be joined. From anyone
 * else the header is ignored: it would forge entries of the audit trail.
 */
function createRequestIds(trustedProxies: readonly string[]) {
  const isTrusted = createTrustedPeerCheck(trustedProxies)
  return (request: RawRequestDefaultExpression): string => {
    const named = request.headers['x-request-id']
    if (typeof named !== 'string' || !isTrusted(request.socket.remoteAddress ?? '')) {
      return newId('req')
    }
    return parseId('req', named) ?? newId('req')
  }
}

function register(
  server: FastifyInstance,
  route: Route,
  options: HttpServerOptions,
  allowedOrigins: ReadonlySet<string>,
): void {
  server.route({
    method: route.method,
    url: `/t/:tenant${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    schema: { response: responseSchemas(route) },
    config: { routeId: route.id },
    handler: createPipeline(route, {
      ports: options.ports,
      allowedOrigins,
      rateLimitScale: options.rateLimitScale,
    }),
  })
}

/** Forms and text would reach us from another site without a preflight, so JSON is all we read. */
function acceptStrictJsonOnly(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => {
      if (body.length === 0) return undefined
      try {
        return parseStrictJson(body, { maxDepth: 16 })
      } catch (error) {
        throw httpErrors.malformed_body({ cause: error })
      }
    },
  )
}

async function allowCrossOrigin(server: FastifyInstance, origins: readonly string[]) {
  if (origins.length === 0) return
  await server.register(cors, {
    origin: [...origins],
    credentials: true,
    // Only what a preflight names may be sent: without, no page could change or end anything.
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'x-csrf-token',
      'if-match',
      'idempotency-key',
    ],
    exposedHeaders: [
      'www-authenticate',
      'x-request-id',
      'ratelimit',
      'ratelimit-policy',
      'retry-after',
      'etag',
      'idempotency-replayed',
    ],
    maxAge: 600,
  })
}

function refuse(
  ports: HttpPorts,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const refusal = toAppError(error)
  if (refusal.status >= 500) {
    ports.logger.error('http.failed', {
      requestId: request.id,
      route: request.routeOptions.url,
      code: refusal.code,
      err: refusal.options.cause ?? refusal,
    })
  }
  sendProblem(reply, refusal, request.id as RequestId)
}

function observe(server: FastifyInstance, { logger, metrics }: HttpPorts): void {
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url
    const durationMs = reply.elapsedTime
    const status = reply.statusCode
    metrics.observeRequest({
      method: request.method,
      route,
      status,
      durationSeconds: durationMs / 1000,
    })
    const { method, id } = request
    logger.info('http.request', { requestId: id, method, route, status, durationMs })
    done()
  })
}

/** Bytes that are no HTTP, or headers beyond the limit: there is no request to answer to. */
function refuseBrokenHttp(error: { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
