import type { IncomingMessage } from 'node:http'
import type { RequestContext } from '../../../kernel/index.ts'
import { httpErrors } from '../../../platform/http/index.ts'
import type { EngineServices } from './engine-services.ts'
import { limitAttempts } from './limit-attempts.ts'
import { answerAsLink, isPostedForm } from './posted-form.ts'
import type { ProviderRegistry } from './provider-registry.ts'
import { runInScope } from './request-scope.ts'
import { ROUTES } from './engine-paths.ts'
import { openScope, type ProtocolRequest } from './open-scope.ts'
import { answerPlainRequest } from './plain/answer-plain-request.ts'

/** Hands a request to the engine of its tenant, which answers it. */
export async function handleProtocol(
  services: EngineServices,
  registry: ProviderRegistry,
  request: ProtocolRequest,
): Promise<void> {
  const { context, raw, response, path } = request
  if (!isPlainPath(path)) throw httpErrors.not_found()
  if (await answerPlainRequest(services, request)) return
  if (isPostedForm(request)) return answerAsLink(request)
  const scope = await openScope(services, request)
  if (scope.live === undefined && isDevicePage(path)) return askToSignIn(request)
  await limitAttempts(services, request, scope)
  const provider = await registry.get(context.tenant)
  prepareForEngine(raw, { baseUrl: services.baseUrl, path, context })
  const handle = provider.callback()
  await runInScope(scope, () => handle(raw, response))
}

/**
 * SECURITY: the router of the engine takes `/oauth/TOKEN/` for `/oauth/token`. What is decided by
 * the path here would then be decided about another one.
 */
function isPlainPath(path: string): boolean {
  const [pathname = ''] = path.split('?')
  if (pathname.endsWith('/') || /[%;\\]|\/\//.test(pathname)) return false
  const known = Object.values(ROUTES).find((route) => route === pathname.toLowerCase())
  return known === undefined || known === pathname
}

/** Who approves a device has to be known first; RFC 8628 §3.3. */
function isDevicePage(path: string): boolean {
  return path === ROUTES.code_verification || path.startsWith(`${ROUTES.code_verification}?`)
}

function askToSignIn({ context, response, path }: ProtocolRequest): void {
  const prefix = `/t/${context.tenant.slug}`
  const returnTo = encodeURIComponent(`${prefix}${path}`)
  response.writeHead(303, { Location: `${prefix}/sign-in?return_to=${returnTo}` })
  response.end()
}

/**
 * SECURITY: the engine builds its addresses from the request. Attack: a Host or X-Forwarded-Host
 * header sends codes or metadata elsewhere. So it is told what we are configured to be, and what is
 * left of such headers is removed. Who the peer is has been decided before, by the trusted proxies.
 */
export function prepareForEngine(
  raw: IncomingMessage,
  {
    baseUrl,
    path,
    context,
  }: { readonly baseUrl: string; readonly path: string; readonly context: RequestContext },
): void {
  for (const name of Object.keys(raw.headers)) {
    if (name.startsWith('x-forwarded-') || name === 'forwarded') delete raw.headers[name]
  }
  const base = new URL(baseUrl)
  raw.headers.host = base.host
  raw.headers['x-forwarded-proto'] = base.protocol.slice(0, -1)
  raw.headers['x-forwarded-host'] = base.host
  raw.headers['x-forwarded-for'] = context.source.ip
  raw.url = path
  Object.assign(raw, { originalUrl: `/t/${context.tenant.slug}${path}` })
}
