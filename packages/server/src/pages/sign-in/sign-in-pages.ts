import { assertionResponseSchema } from '../../domains/factors/index.ts'
import { signInErrors } from '../../domains/sign-in/index.ts'
import { AppError, days, minutes, parseId, Secret } from '../../kernel/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import { captchaOf, isCaptchaAlways, openCaptcha } from '../captcha/captcha-part.ts'
import type { Alert } from '../design/alert.ts'
import { textsOf } from '../design/page-frame.ts'
import type { Html } from '../html.ts'
import { addressOf, attempt, goOn, goTo, openPage, type OpenPage, show } from '../open-page.ts'
import { parseJsonField } from '../parse-json-field.ts'
import type { PageServices } from '../page-services.ts'
import { destinationOf, nextStep, withoutCaptcha } from './next-step.ts'
import { findPending } from './pending-sign-in.ts'
import { renderSignInPage } from './render-sign-in-page.ts'

/** The same budget as the endpoint of the API has. */
const rateLimit = { name: 'sign-in', limit: 60, window: minutes(1), by: 'source' } as const

export function signInPages(services: PageServices): readonly PageRoute[] {
  return [
    {
      method: 'GET',
      path: '/sign-in',
      auth: { kind: 'optional' },
      rateLimit: { ...rateLimit, name: 'sign-in-page', limit: 300 },
      handler: async (visit) => offerSignIn(await openPage(services, visit)),
    },
    {
      method: 'POST',
      path: '/sign-in',
      auth: { kind: 'anyone' },
      rateLimit,
      handler: async (visit) => signInWithPassword(await openPage(services, visit)),
    },
    {
      method: 'POST',
      path: '/sign-in/passkey',
      auth: { kind: 'anyone' },
      rateLimit: { ...rateLimit, name: 'sign-in-with-passkey' },
      handler: async (visit) => signInWithPasskey(await openPage(services, visit)),
    },
    {
      method: 'POST',
      path: '/sign-in/continue',
      auth: { kind: 'anyone' },
      rateLimit,
      handler: async (visit) => {
        const page = await openPage(services, visit)
        if (findPending(page, 'change') === undefined) return goOn(page, destinationOf(page))
        return goTo(addressOf(page, '/sign-in/new-password'))
      },
    },
  ]
}

async function offerSignIn(page: OpenPage): Promise<PageReply> {
  const { query, context } = page.visit
  // Who is signed in already and is asked for more has no use for the same sign-in again.
  if (query['reason'] === 'step_up' && context.principal !== undefined) {
    const acr = query['acr_values']?.split(' ')[0]
    return goTo(addressOf(page, '/step-up', acr === undefined ? {} : { acr }))
  }
  const texts = textsOf(page.frame).signIn
  const alert: Alert | undefined =
    query['interrupted'] === undefined
      ? undefined
      : { kind: 'error', title: texts.interrupted, text: texts.interruptedHelp }
  return show(page, await render(page, { email: query['login_hint']?.slice(0, 254), alert }))
}

async function signInWithPassword(page: OpenPage): Promise<PageReply> {
  const { email = '', password = '' } = page.visit.form
  const texts = textsOf(page.frame)
  if (email.trim() === '' || password === '') {
    const alert: Alert = { kind: 'error', title: texts.frame.problem, text: texts.signIn.missing }
    return show(page, await render(page, { email, alert }), { status: 422 })
  }
  return judge(page, email, async () => {
    // Longer than any address or password can be: refused like a wrong one.
    if (email.length > 254 || password.length > 1024) throw signInErrors.invalid_credentials()
    const outcome = await page.services.signIn.withPassword(page.visit.context, {
      email: email.trim(),
      password: new Secret(password),
      captcha: captchaOf(page),
      transport: 'cookie',
    })
    if (outcome.kind === 'captcha_required') return demandCaptcha(page, email)
    return nextStep(page, outcome, { email: email.trim() })
  })
}

/**
 * SECURITY: the password is not sent back, neither in the page nor in a cookie: it is typed again
 * while the puzzle is solved. A browser that has met one gets the next together with the form.
 */
async function demandCaptcha(page: OpenPage, email: string): Promise<PageReply> {
  const { captchaTitle: title, captchaAgain: text } = textsOf(page.frame).signIn
  const alert: Alert = { kind: 'error', title, text }
  const body = await render(page, { email, alert, captcha: 'demanded' })
  return show(page, body, { status: 422, cookies: [REMEMBER_PUZZLE] })
}

async function signInWithPasskey(page: OpenPage): Promise<PageReply> {
  const { form, context } = page.visit
  const challengeId = parseId('wch', form['challenge_id'] ?? '')
  const response = assertionResponseSchema.safeParse(parseJsonField(form['response']))
  const alert: Alert = { kind: 'error', title: textsOf(page.frame).signIn.passkeyFailed }
  if (challengeId === undefined || !response.success) {
    return show(page, await render(page, { email: undefined, alert }), { status: 422 })
  }
  return judge(
    page,
    undefined,
    async () => {
      const input = { challengeId, response: response.data, transport: 'cookie' } as const
      const outcome = await page.services.signIn.withPasskey(context, input)
      return nextStep(page, withoutCaptcha(outcome))
    },
    alert,
  )
}

/** Known and unknown accounts get the same page, for every reason. */
function judge(
  page: OpenPage,
  email: string | undefined,
  work: () => Promise<PageReply>,
  refused?: Alert,
): Promise<PageReply> {
  const texts = textsOf(page.frame).signIn
  const alert = refused ?? { kind: 'error', title: texts.refused, text: texts.refusedHelp }
  return attempt(
    page,
    async () => {
      try {
        return await work()
      } catch (error) {
        if (!isRefusal(error)) throw error
        const cookies = wantsCaptchaLater(page) ? [REMEMBER_PUZZLE] : []
        const captcha = cookies.length > 0 ? 'likely' : undefined
        const shown = { email, alert, captcha } as const
        return show(page, await render(page, shown), { status: 422, cookies })
      }
    },
    (problem) => render(page, { email, alert: problem }),
  )
}

function isRefusal(error: unknown): boolean {
  return error instanceof AppError && error.code === signInErrors.invalid_credentials.code
}

/** After a failure the next try may need one; that of a service is shown by nobody here. */
function wantsCaptchaLater({ visit }: OpenPage): boolean {
  return visit.context.tenant.policy.captcha === 'adaptive'
}

async function render(
  page: OpenPage,
  shown: {
    readonly email: string | undefined
    readonly alert: Alert | undefined
    readonly captcha?: 'demanded' | 'likely' | undefined
  },
): Promise<string> {
  const { email, alert, captcha } = shown
  const { context, query } = page.visit
  const { principal, tenant } = context
  // To go on as before is no new sign-in, which is what was asked for.
  const mustSignIn = principal === undefined || query['reason'] === 'reauthenticate'
  const hint: Record<string, string> = email === undefined ? {} : { login_hint: email }
  return renderSignInPage(page.frame, {
    email,
    returnTo: page.returnTo,
    forgotHref: addressOf(page, '/forgot'),
    registerHref: tenant.policy.registration === 'open' ? addressOf(page, '/register') : undefined,
    emailHref:
      tenant.policy.emailSignIn.length > 0 ? addressOf(page, '/sign-in/email', hint) : undefined,
    unlockHref: addressOf(page, '/unlock/request'),
    signedIn: mustSignIn
      ? undefined
      : { email: principal.profile.email, href: destinationOf(page) },
    captcha: await captchaPart(page, captcha),
    alert,
  })
}

async function captchaPart(
  page: OpenPage,
  known: 'demanded' | 'likely' | undefined,
): Promise<Html | undefined> {
  const wasMet = wantsCaptchaLater(page) && page.visit.cookie(PUZZLE_COOKIE) !== undefined
  const isDemanded = known === 'demanded' || isCaptchaAlways(page)
  if (!isDemanded && known === undefined && !wasMet) return undefined
  return openCaptcha(page, 'sign_in', isDemanded)
}

const PUZZLE_COOKIE = 'puzzle'
/** For as long as failures are remembered. */
const REMEMBER_PUZZLE = { name: PUZZLE_COOKIE, value: 'yes', maxAge: days(1) }
