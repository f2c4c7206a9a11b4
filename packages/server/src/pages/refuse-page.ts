import type { AppError } from '../kernel/index.ts'
import {
  httpErrors,
  type PageRefusal,
  type PageReply,
  type PageVisit,
  parseAcceptLanguage,
} from '../platform/http/index.ts'
import { renderCardPage } from './design/card-page.ts'
import { findProblem } from './design/alert.ts'
import { renderLinkButton } from './design/form.ts'
import { type PageFrame, textsOf } from './design/page-frame.ts'
import { html } from './html.ts'
import { chooseLanguage } from './language/languages.ts'
import { goTo, openPage, shownStatus } from './open-page.ts'
import type { PageServices } from './page-services.ts'

/** Whatever a page was refused with: the way to the sign-in, or an error page. Never a stack. */
export async function refusePage(
  services: PageServices,
  readable: ReadonlySet<string>,
  refusal: PageRefusal,
): Promise<PageReply> {
  const { error, visit, requestId } = refusal
  const away = visit === undefined ? undefined : leadAway(error, visit, readable)
  if (away !== undefined) return away
  const frame = await frameOf(services, refusal)
  const status = visit === undefined ? error.status : shownStatus(error)
  return { status, body: renderErrorPage(frame, { code: error.code, requestId }) }
}

function leadAway(
  error: AppError,
  visit: PageVisit,
  readable: ReadonlySet<string>,
): PageReply | undefined {
  const { pathname: prefix } = new URL(visit.context.tenant.issuer)
  const isReading = Object.keys(visit.form).length === 0
  const returnTo = new URLSearchParams({
    return_to: isReading ? visit.address : `${prefix}${pageOfForm(visit, prefix, readable)}`,
  })
  if (error.code === httpErrors.authentication_required.code) {
    return goTo(`${prefix}/sign-in?${returnTo.toString()}`)
  }
  if (error.code === httpErrors.insufficient_user_authentication.code) {
    const acr = /acr_values="([^"]*)"/.exec(error.options.wwwAuthenticate ?? '')?.[1]
    if (acr !== undefined) returnTo.set('acr', acr)
    return goTo(`${prefix}/step-up?${returnTo.toString()}`)
  }
  return undefined
}

/** The page that a form was on: what was typed is gone, and is typed there again. */
function pageOfForm({ address }: PageVisit, prefix: string, readable: ReadonlySet<string>): string {
  const segments = (address.split('?')[0] ?? '').slice(prefix.length).split('/')
  for (let length = segments.length; length > 1; length -= 1) {
    const path = segments.slice(0, length).join('/')
    if (readable.has(path.replace(/\/[a-z]{3}_[A-Za-z0-9]+/, '/{id}'))) return path
  }
  return '/account'
}

/** An error page must not fail on the error that it tells of. */
async function frameOf(services: PageServices, refusal: PageRefusal): Promise<PageFrame> {
  const { visit, acceptLanguage } = refusal
  if (visit !== undefined) {
    try {
      return (await openPage(services, visit)).frame
    } catch {
      // The database is gone, perhaps: without the name of the tenant then.
    }
  }
  const slug = visit?.context.tenant.slug ?? ''
  return {
    tenant: { slug, name: slug === '' ? 'Countersign' : slug, prefix: `/t/${slug}` },
    language: chooseLanguage(parseAcceptLanguage(acceptLanguage)),
    otherLanguages: [],
    csrfToken: undefined,
  }
}

export function renderErrorPage(
  frame: PageFrame,
  { code, requestId }: { readonly code: string; readonly requestId: string },
): string {
  const texts = textsOf(frame)
  const { title, text } = findProblem(frame, code) ?? texts.problems.unknown
  return renderCardPage(frame, {
    title,
    body: html`<h1>${title}</h1>
<p class="lead">${text}</p>
<dl class="facts"><div><dt>${texts.frame.requestId}</dt><dd><code>${requestId}</code></dd></div></dl>
${
  frame.tenant.slug === ''
    ? undefined
    : html`<p class="form">${renderLinkButton(`${frame.tenant.prefix}/sign-in`, texts.frame.backToSignIn)}</p>`
}`,
  })
}
