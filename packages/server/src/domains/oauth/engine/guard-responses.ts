import type { KoaContextWithOIDC } from 'oidc-provider'
import { AppError, seconds, toSeconds } from '../../../kernel/index.ts'
import { answerAboutJwt } from './answer-about-jwt.ts'
import { auditRefusal, refuseTokens } from './refusals.ts'
import { completeDiscovery } from './complete-discovery.ts'
import { demandNonce } from './demand-nonce.ts'
import type { EngineServices } from './engine-services.ts'
import { issueTokens } from './issue-tokens.ts'
import { clientOnPage, frameOf, renderDeviceCode, sendPage } from './render-engine-pages.ts'
import { currentScope } from './request-scope.ts'

/** Runs around the engine: what it answers leaves the server only after our part has been done. */
export async function guardResponses(
  services: EngineServices,
  ctx: KoaContextWithOIDC,
  next: () => Promise<unknown>,
): Promise<void> {
  try {
    await next()
    await complete(services, ctx)
  } catch (error) {
    currentScope().failure = error as Error
  }
  answerFailure(services, ctx)
  ctx.remove('X-Powered-By')
  await auditRefusal(services)
}

async function complete(services: EngineServices, ctx: KoaContextWithOIDC): Promise<void> {
  const route = ctx.oidc?.route
  if (route === 'token') await completeTokens(services, ctx)
  if (route === 'introspection' || route === 'revocation') await answerAboutJwt(services, ctx)
  if (route === 'end_session') completeLogout(services, ctx)
  if (route === 'end_session_confirm') leaveByPage(services, ctx)
  if (route === 'code_verification') fillDeviceCode(services, ctx)
  if (route === 'userinfo') demandNonce(ctx)
  if (route === 'discovery') {
    completeDiscovery(services, ctx)
    ctx.set('Cache-Control', 'public, max-age=300')
  }
}

/** I8: a database that is away is 503, and no fault of what was presented. RFC 6749 §4.1.2.1. */
function answerFailure({ logger }: EngineServices, ctx: KoaContextWithOIDC): void {
  const { failure, context } = currentScope()
  if (failure === undefined) return
  const known = failure instanceof AppError ? failure : undefined
  const status = known?.status ?? 500
  if (status === 500) {
    logger.error('oauth.failed', { requestId: context.requestId, err: failure })
  }
  // An answer that goes to the client by way of the browser says it by its own code.
  if (ctx.status === 303) return
  const isAway = status === 503 || status === 429
  if (isAway) ctx.set('Retry-After', String(toSeconds(known?.options.retryAfter ?? seconds(1))))
  ctx.status = status
  ctx.body = { error: isAway ? 'temporarily_unavailable' : 'server_error' }
}

async function completeTokens(services: EngineServices, ctx: KoaContextWithOIDC): Promise<void> {
  if (ctx.status !== 200) return
  const scope = currentScope()
  const refused = await issueTokens(services, String(ctx.oidc.params?.['grant_type']))
  if (refused === undefined) {
    if (scope.repeated !== undefined) {
      ;(ctx.body as Record<string, unknown>)['refresh_token'] = scope.repeated.successor
    }
    return
  }
  const { status, body } = refuseTokens(refused)
  ctx.status = status
  ctx.body = body
}

/** Nobody is signed in, so there is nothing to ask: on to where the client wants its user. */
function completeLogout({ pages }: EngineServices, ctx: KoaContextWithOIDC): void {
  const { session } = ctx.oidc
  if (ctx.status !== 200 || session === undefined || session.accountId !== undefined) return
  const { postLogoutRedirectUri, state } = session.state ?? {}
  if (typeof postLogoutRedirectUri !== 'string') {
    const frame = frameOf(ctx)
    const signInUrl = `${frame.tenant.prefix}/sign-in`
    return sendPage(ctx, pages.loggedOut({ ...frame, client: clientOnPage(ctx), signInUrl }))
  }
  const url = new URL(postLogoutRedirectUri)
  if (typeof state === 'string') url.searchParams.set('state', state)
  ctx.status = 303
  ctx.redirect(url.href)
}

/** Chromium applies `form-action 'self'` to the redirect that answers a form, too. */
function leaveByPage({ pages }: EngineServices, ctx: KoaContextWithOIDC): void {
  if (ctx.status !== 303 && ctx.status !== 302) return
  const url = String(ctx.response.get('location'))
  ctx.remove('Location')
  ctx.status = 200
  sendPage(ctx, pages.continueTo({ ...frameOf(ctx), url }))
}

/** RFC 8628 §3.3.1: a link may carry the code; the person still has to press the button. */
function fillDeviceCode(services: EngineServices, ctx: KoaContextWithOIDC): void {
  if (ctx.method !== 'GET' || ctx.status !== 200) return
  if (ctx.oidc.params?.['user_code'] !== undefined) renderDeviceCode(services, ctx)
}
