import type { KoaContextWithOIDC } from 'oidc-provider'
import { PAGE_CONTENT_SECURITY_POLICY } from '../../../platform/http/index.ts'
import type { ClientOnPage, DeviceCodePageProps, OAuthPageFrame } from '../ports.ts'
import type { EngineServices } from './engine-services.ts'
import { currentScope } from './request-scope.ts'

type Pages = Pick<EngineServices, 'pages'>

/** What every page is told about where it stands. */
export function frameOf(ctx: KoaContextWithOIDC): OAuthPageFrame {
  return pageFrame(ctx.oidc?.params?.['ui_locales'])
}

export function pageFrame(wishedLocales: unknown): OAuthPageFrame {
  const { context, live } = currentScope()
  const { tenant } = context
  return {
    tenant: {
      slug: tenant.slug,
      name: 'name' in tenant && typeof tenant.name === 'string' ? tenant.name : tenant.slug,
      prefix: `/t/${tenant.slug}`,
    },
    locales: [
      ...(typeof wishedLocales === 'string' ? wishedLocales.split(' ') : []),
      ...(live?.locale === undefined ? [] : [live.locale]),
      ...(context.source.languages ?? []),
    ].slice(0, 10),
  }
}

export function clientOnPage(ctx: KoaContextWithOIDC): ClientOnPage | undefined {
  const client = ctx.oidc.client
  if (client === undefined) return undefined
  const redirectUri = ctx.oidc.params?.['redirect_uri']
  return {
    id: client.clientId,
    name: client.clientName ?? client.clientId,
    uri: client.clientUri,
    policyUri: client.policyUri,
    tosUri: client.tosUri,
    redirectHost: typeof redirectUri === 'string' ? URL.parse(redirectUri)?.host : undefined,
  }
}

/** `same-origin`: otherwise a form of the page is posted with `Origin: null` and refused. */
export function sendPage(ctx: KoaContextWithOIDC, page: string): void {
  ctx.type = 'html'
  ctx.set('Content-Security-Policy', PAGE_CONTENT_SECURITY_POLICY)
  ctx.set('Referrer-Policy', 'same-origin')
  ctx.set('Cache-Control', 'no-store')
  ctx.body = page
}

export function renderErrorPage(
  { pages }: Pages,
  ctx: KoaContextWithOIDC,
  {
    out,
    error,
  }: {
    readonly out: { error: string; error_description?: string | undefined }
    readonly error: Error
  },
): void {
  const { context } = currentScope()
  currentScope().refusal ??= { event: 'oauth.authorization_refused', error }
  const props = { requestId: context.requestId, title: out.error, detail: out.error_description }
  sendPage(ctx, pages.error({ ...frameOf(ctx), ...props }))
}

export function renderLogout({ pages }: Pages, ctx: KoaContextWithOIDC): void {
  const form = { action: ctx.oidc.urlFor('end_session_confirm'), hidden: { xsrf: secretOf(ctx) } }
  sendPage(ctx, pages.logout({ ...frameOf(ctx), client: clientOnPage(ctx), form }))
}

export function renderLoggedOut({ pages }: Pages, ctx: KoaContextWithOIDC): void {
  const frame = frameOf(ctx)
  const signInUrl = `${frame.tenant.prefix}/sign-in`
  sendPage(ctx, pages.loggedOut({ ...frame, client: clientOnPage(ctx), signInUrl }))
}

export function renderDeviceCode({ pages }: Pages, ctx: KoaContextWithOIDC, error?: Error): void {
  const form = { action: ctx.oidc.urlFor('code_verification'), hidden: { xsrf: secretOf(ctx) } }
  const userCode = ctx.oidc.params?.['user_code']
  sendPage(
    ctx,
    pages.deviceCode({
      ...frameOf(ctx),
      form,
      userCode: typeof userCode === 'string' ? userCode : undefined,
      error: error === undefined ? undefined : (DEVICE_ERRORS[error.name] ?? 'not_found'),
    }),
  )
}

export function renderDeviceConfirm(
  { pages, places }: Pick<EngineServices, 'pages' | 'places'>,
  ctx: KoaContextWithOIDC,
  { info, userCode }: { readonly info: Record<string, unknown>; readonly userCode: string },
): void {
  const hidden = { xsrf: secretOf(ctx), user_code: userCode, confirm: 'yes' }
  const { ip, ua } = info
  const askedAt = ctx.oidc.entities.DeviceCode?.iat
  sendPage(
    ctx,
    pages.deviceConfirm({
      ...frameOf(ctx),
      client: clientOnPage(ctx) ?? UNKNOWN_CLIENT,
      form: { action: ctx.oidc.urlFor('code_verification'), hidden },
      userCode,
      device: {
        ip: typeof ip === 'string' ? ip : undefined,
        place: typeof ip === 'string' ? places?.find(ip) : undefined,
        userAgent: typeof ua === 'string' ? ua : undefined,
        askedAt: askedAt === undefined ? undefined : new Date(askedAt * 1000),
      },
    }),
  )
}

export function renderDeviceDone({ pages }: Pages, ctx: KoaContextWithOIDC): void {
  const client = clientOnPage(ctx) ?? UNKNOWN_CLIENT
  sendPage(ctx, pages.deviceDone({ ...frameOf(ctx), client }))
}

function secretOf(ctx: KoaContextWithOIDC): string {
  const secret = ctx.oidc.session?.state?.['secret']
  return typeof secret === 'string' ? secret : ''
}

const DEVICE_ERRORS: Readonly<Record<string, DeviceCodePageProps['error']>> = {
  NoCodeError: 'no_code',
  NotFoundError: 'not_found',
  ExpiredError: 'expired',
  AlreadyUsedError: 'already_used',
  AbortedError: 'aborted',
}

const UNKNOWN_CLIENT: ClientOnPage = {
  id: '',
  name: '',
  uri: undefined,
  policyUri: undefined,
  tosUri: undefined,
  redirectHost: undefined,
}
