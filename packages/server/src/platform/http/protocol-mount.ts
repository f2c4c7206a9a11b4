import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { RequestContext } from '../../kernel/index.ts'
import type { RateLimitPolicy } from '../rate-limit/index.ts'
import { checkOrigin } from './authenticate.ts'
import { type ClientCertificate, readClientCertificate } from './client-certificate.ts'
import { readCookie } from './cookies.ts'
import { httpErrors } from './http-errors.ts'
import type { HttpPorts } from './ports.ts'
import { createContext, enforceLimit, findTenant } from './request-pipeline.ts'
import { sourceKey } from './source-key.ts'
import type { TlsOptions } from './tls-server-options.ts'
import { createTrustedPeerCheck } from './trusted-peer.ts'

/** One request to an engine: the tenant is known, of the body nothing was read. */
export interface ProtocolExchange {
  readonly context: RequestContext
  readonly raw: IncomingMessage
  readonly response: ServerResponse
  /** Behind `/t/{tenant}`, with the query. */
  readonly path: string
  readonly sessionCookie: string | undefined
  readonly clientCertificate: ClientCertificate | undefined
}

/**
 * Paths whose requests are answered by an engine that speaks HTTP itself. Tenant, size, rate and
 * security headers are ours; parsing, authentication and answers are the engine's.
 */
export interface ProtocolMount {
  readonly name: string
  /** Behind `/t/{tenant}`; `*` at the end stands for the rest. */
  readonly paths: readonly `/${string}`[]
  readonly limit: Omit<RateLimitPolicy, 'name'>
  /** Paths whose forms only our own pages may send. */
  isForm(path: string): boolean
  handle(exchange: ProtocolExchange): Promise<void>
}

export interface MountOptions {
  readonly ports: HttpPorts
  readonly baseUrl: string
  readonly bodyLimitBytes: number
  readonly rateLimitScale: number
  readonly trustedProxies: readonly string[]
  readonly tls: TlsOptions | undefined
}

export async function registerMount(
  server: FastifyInstance,
  mount: ProtocolMount,
  options: MountOptions,
): Promise<void> {
  const isTrusted = createTrustedPeerCheck(options.trustedProxies)
  await server.register(async (scope) => {
    // The engine reads the body itself, so here it is left in the stream.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    for (const path of mount.paths) {
      scope.route({
        method: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
        url: `/t/:tenant${path}`,
        handler: async (request, reply) => {
          const exchange = await open(mount, options, request)
          const clientCertificate = readClientCertificate(request.raw, {
            isProxy: isTrusted(request.raw.socket.remoteAddress ?? ''),
            hasClientCa: options.tls?.clientCa !== undefined,
          })
          const { ports, rateLimitScale } = options
          const { limit } = mount
          const policy = { name: mount.name, ...limit, limit: limit.limit * rateLimitScale }
          const { tenant, source } = exchange.context
          await enforceLimit(ports, reply, policy, `${tenant.id}|${sourceKey(source.ip)}`)
          for (const [name, value] of Object.entries(reply.getHeaders())) {
            if (value !== undefined) reply.raw.setHeader(name, value)
          }
          reply.raw.setHeader('Cache-Control', 'no-store')
          await mount.handle({ ...exchange, clientCertificate, response: reply.raw })
          reply.hijack()
        },
      })
    }
  })
}

async function open(
  mount: ProtocolMount,
  { ports, baseUrl, bodyLimitBytes }: MountOptions,
  request: FastifyRequest,
): Promise<Omit<ProtocolExchange, 'response' | 'clientCertificate'>> {
  const context = createContext(ports, request, await findTenant(ports, {}, request))
  const { raw } = request
  const { slug } = context.tenant
  if (Number(raw.headers['content-length'] ?? 0) > bodyLimitBytes) {
    throw httpErrors.payload_too_large()
  }
  const path = (raw.url ?? '').slice(`/t/${slug}`.length)
  if (mount.isForm(path)) checkOrigin(request, new Set([new URL(baseUrl).origin]))
  return { context, raw, path, sessionCookie: readCookie(raw.headers.cookie, slug, 'session') }
}
