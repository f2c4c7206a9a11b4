import { assertionResponseSchema } from '../../domains/factors/index.ts'
import { signInErrors } from '../../domains/sign-in/index.ts'
import { AppError, minutes, parseId, Secret } from '../../kernel/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import type { Alert } from '../design/alert.ts'
import { textsOf } from '../design/page-frame.ts'
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

function offerSignIn(page: OpenPage): PageReply {
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
  return show(page, render(page, { email: query['login_hint']?.slice(0, 254), alert }))
}

async function signInWithPassword(page: OpenPage): Promise<PageReply> {
  const { email = '', password = '' } = page.visit.form
  const texts = textsOf(page.frame)
  if (email.trim() === '' || password === '') {
    const alert: Alert = { kind: 'error', title: texts.frame.problem, text: texts.signIn.missing }
    return show(page, render(page, { email, alert }), { status: 422 })
  }
  return judge(page, email, async () => {
    // Longer than any address or password can be: refused like a wrong one.
    if (email.length > 254 || password.length > 1024) throw signInErrors.invalid_credentials()
    const outcome = await page.services.signIn.withPassword(page.visit.context, {
      email: email.trim(),
      password: new Secret(password),
      transport: 'cookie',
    })
    if (outcome.kind === 'captcha_required') {
      const title = texts.signIn.captchaTitle
      const alert: Alert = { kind: 'error', title, text: texts.signIn.captchaOfService }
      return show(page, render(page, { email, alert }), { status: 422 })
    }
    return nextStep(page, outcome, { email: email.trim() })
  })
}

async function signInWithPasskey(page: OpenPage): Promise<PageReply> {
  const { form, context } = page.visit
  const challengeId = parseId('wch', form['challenge_id'] ?? '')
  const response = assertionResponseSchema.safeParse(parseJsonField(form['response']))
  const alert: Alert = { kind: 'error', title: textsOf(page.frame).signIn.passkeyFailed }
  if (challengeId === undefined || !response.success) {
    return show(page, render(page, { email: undefined, alert }), { status: 422 })
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
        return show(page, render(page, { email, alert }), { status: 422 })
      }
    },
    (problem) => render(page, { email, alert: problem }),
  )
}

function isRefusal(error: unknown): boolean {
  return error instanceof AppError && error.code === signInErrors.invalid_credentials.code
}

function render(
  page: OpenPage,
  { email, alert }: { email: string | undefined; alert: Alert | undefined },
): string {
  const { context, query } = page.visit
  const { principal, tenant } = context
  // To go on as before is no new sign-in, which is what was asked for.
  const mustSignIn = principal === undefined || query['reason'] === 'reauthenticate'
  return renderSignInPage(page.frame, {
    email,
    returnTo: page.returnTo,
    forgotHref: addressOf(page, '/forgot'),
    registerHref: tenant.policy.registration === 'open' ? addressOf(page, '/register') : undefined,
    signedIn: mustSignIn
      ? undefined
      : { email: principal.profile.email, href: destinationOf(page) },
    alert,
  })
}
