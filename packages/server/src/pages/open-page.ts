import { AppError, days, type RequestContext, type UserContext } from '../kernel/index.ts'
import { httpErrors, type PageReply, type PageVisit } from '../platform/http/index.ts'
import { type Alert, findProblem } from './design/alert.ts'
import { renderContinue } from './design/continue-page.ts'
import type { PageFrame } from './design/page-frame.ts'
import { chooseLanguage, findLanguage, type Language, LANGUAGES } from './language/languages.ts'
import type { PageServices } from './page-services.ts'
import { parseReturnTo } from './parse-return-to.ts'

/** A visit, with what it takes to show a page. */
export interface OpenPage {
  readonly visit: PageVisit
  readonly services: PageServices
  readonly frame: PageFrame
  /** What stands in front of every path of the tenant. */
  readonly prefix: string
  /** Where to go after all steps, if it is a page of ours. */
  readonly returnTo: string | undefined
}

export async function openPage(services: PageServices, visit: PageVisit): Promise<OpenPage> {
  const { tenant } = visit.context
  const brand = await services.findBrand(tenant.slug)
  const { pathname: prefix } = new URL(tenant.issuer)
  const language = languageOf(visit)
  return {
    visit: { ...visit, context: speaking(visit.context, language) },
    services,
    prefix,
    returnTo: parseReturnTo(visit.form['return_to'] ?? visit.query['return_to'], prefix),
    frame: {
      tenant: { slug: tenant.slug, name: brand?.name ?? tenant.slug, prefix },
      language,
      otherLanguages: otherLanguages(visit, language),
      csrfToken: visit.csrfToken,
    },
  }
}

/** Messages that follow from the visit are in the language of its page. */
function speaking(context: RequestContext, { tag }: Language): RequestContext {
  return { ...context, source: { ...context.source, languages: [tag] } }
}

/** What was asked for now, before, in the profile, by the browser. */
function languageOf(visit: PageVisit): Language {
  const { cookie, context } = visit
  return chooseLanguage([
    ...wishedLocales(visit),
    ...[cookie(LANGUAGE_COOKIE), context.principal?.profile.locale].filter(
      (wish) => wish !== undefined,
    ),
    ...(context.source.languages ?? []),
  ])
}

/** OIDC Core §3.1.2.1: best first, separated by spaces. */
function wishedLocales({ query }: PageVisit): readonly string[] {
  return (query['ui_locales'] ?? '').slice(0, 200).split(' ')
}

function otherLanguages({ address, form }: PageVisit, current: Language) {
  if (Object.keys(form).length > 0) return []
  const [path = '', query = ''] = address.split('?')
  return LANGUAGES.filter(({ tag }) => tag !== current.tag).map(({ tag, name }) => {
    const parameters = new URLSearchParams(query)
    parameters.set('ui_locales', tag)
    return { tag, name, href: `${path}?${parameters.toString()}` }
  })
}

type Cookies = NonNullable<PageReply['cookies']>

/** Answers with a page; a language that was asked for is kept. */
export function show(
  { visit }: OpenPage,
  body: string,
  { status = 200, cookies = [] }: { status?: number; cookies?: Cookies } = {},
): PageReply {
  const wished = wishedLocales(visit)
    .map(findLanguage)
    .find((found) => found !== undefined)
  const kept =
    wished === undefined ? [] : [{ name: LANGUAGE_COOKIE, value: wished.tag, maxAge: days(365) }]
  return { status, body, cookies: [...kept, ...cookies] }
}

/** RFC 9700 §4.12: 303, so that nothing of the form is sent again. */
export function goTo(location: string, cookies: Cookies = []): PageReply {
  return { status: 303, location, cookies }
}

/** To where a form leads that may end at another site. */
export function goOn(page: OpenPage, url: string, cookies: Cookies = []): PageReply {
  return show(page, renderContinue(page.frame, url), { cookies })
}

/** An address of the tenant; the way back goes along. */
export function addressOf(
  { prefix, returnTo }: Pick<OpenPage, 'prefix' | 'returnTo'>,
  path: string,
  parameters: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({
    ...parameters,
    ...(returnTo === undefined ? {} : { return_to: returnTo }),
  }).toString()
  return `${prefix}${path}${query === '' ? '' : `?${query}`}`
}

/** Runs a use case; a refusal that has words is shown on the page that asked. */
export async function attempt(
  page: OpenPage,
  work: () => Promise<PageReply>,
  render: (alert: Alert) => string | Promise<string>,
): Promise<PageReply> {
  try {
    return await work()
  } catch (error) {
    const alert = error instanceof AppError ? findProblem(page.frame, error.code) : undefined
    if (alert === undefined || !(error instanceof AppError)) throw error
    return show(page, await render(alert), { status: shownStatus(error) })
  }
}

/** RFC 9110 §15.5.2: 401 would need a challenge that browsers show a dialogue for. */
export function shownStatus({ status }: AppError): number {
  return status === 401 ? 422 : status
}

/** The context of a page that only signed-in users reach. */
export function userContext({ visit }: Pick<OpenPage, 'visit'>): UserContext {
  const { principal, ...rest } = visit.context
  // INVARIANT: the pipeline lets nobody else through to a page whose auth is `user`.
  if (principal === undefined) throw httpErrors.authentication_required()
  return { ...rest, principal }
}

const LANGUAGE_COOKIE = 'language'
