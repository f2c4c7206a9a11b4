import { identityErrors } from '../../domains/identity/index.ts'
import {
  EMAIL_CODE_DIGITS,
  EMAIL_SIGN_IN_LIFETIME,
  signInErrors,
} from '../../domains/sign-in/index.ts'
import { minutes, Secret } from '../../kernel/index.ts'
import type { PageReply, PageRoute, ReplyCookie } from '../../platform/http/index.ts'
import { CAPTCHA_SCRIPTS, captchaOf, openCaptchaIfAlways } from '../captcha/captcha-part.ts'
import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderCodeField, renderEmailField, renderForm } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { renderSent } from '../mail-forms/render-sent.ts'
import { addressOf, attempt, goTo, openPage, type OpenPage, show } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { nextStep, withoutCaptcha } from './next-step.ts'
import { parseReturnTo } from '../parse-return-to.ts'

/** Signing in by a link or a code in a message, where the tenant allows it. */
export function emailSignInPages(services: PageServices): readonly PageRoute[] {
  const route = (
    method: 'GET' | 'POST',
    path: `/${string}`,
    limit: { readonly name: string; readonly limit: number },
    handle: (page: OpenPage) => Promise<PageReply> | PageReply,
  ): PageRoute => ({
    method,
    path,
    auth: { kind: 'anyone' },
    rateLimit: { ...limit, window: minutes(1), by: 'source' },
    handler: async (visit) => handle(await openPage(services, visit)),
  })
  const reading = { name: 'email-sign-in-page', limit: 300 }
  return [
    route('GET', '/sign-in/email', reading, offer),
    route('POST', '/sign-in/email', { name: 'request-email-sign-in', limit: 5 }, request),
    route('GET', '/sign-in/email/sent', reading, (page) =>
      show(page, renderSent(page, textsOf(page.frame).links.magicSentLead)),
    ),
    route('GET', '/sign-in/email/code', reading, (page) => show(page, renderCode(page))),
    route('POST', '/sign-in/email/code', { name: 'sign-in-by-email', limit: 60 }, signIn),
  ]
}

async function offer(page: OpenPage): Promise<PageReply> {
  if (page.visit.context.tenant.policy.emailSignIn.length === 0) {
    throw signInErrors.email_sign_in_disabled()
  }
  return show(page, await renderRequest(page))
}

function request(page: OpenPage): Promise<PageReply> {
  const { context, form } = page.visit
  const { signIn: ways } = page.services
  return attempt(
    page,
    async () => {
      const email = (form['email'] ?? '').trim()
      if (email === '' || email.length > 254) throw identityErrors.email_invalid()
      const kind = form['kind'] === 'code' ? 'code' : 'link'
      const { challenge } = await ways.requestByEmail(context, {
        email,
        kind,
        captcha: captchaOf(page),
      })
      const next = kind === 'code' ? '/sign-in/email/code' : '/sign-in/email/sent'
      return goTo(addressOf(page, next), [
        { name: COOKIE, value: challenge.reveal(), maxAge: EMAIL_SIGN_IN_LIFETIME },
        keepReturnTo(page),
      ])
    },
    (alert) => renderRequest(page, alert),
  )
}

/** The message knows nothing of the page that waits, so this browser remembers it. */
function keepReturnTo({ returnTo }: OpenPage): ReplyCookie {
  return returnTo === undefined
    ? { name: RETURN_COOKIE, value: undefined }
    : {
        name: RETURN_COOKIE,
        value: Buffer.from(returnTo).toString('base64url'),
        maxAge: EMAIL_SIGN_IN_LIFETIME,
      }
}

function signIn(page: OpenPage): Promise<PageReply> {
  return attempt(
    page,
    async () => {
      const code = (page.visit.form['code'] ?? '').replaceAll(/\s/g, '')
      const isCode = code.length === EMAIL_CODE_DIGITS && /^[0-9]+$/.test(code)
      if (!isCode) throw signInErrors.invalid_email_sign_in()
      return signInWith(page, 'code', new Secret(code))
    },
    (alert) => renderCode(page, alert),
  )
}

/** What a code, and the page of a link, end with. @throws invalid_email_sign_in */
export async function signInWith(
  page: OpenPage,
  kind: 'link' | 'code',
  secret: Secret<string>,
): Promise<PageReply> {
  const { visit, prefix } = page
  const cookie = visit.cookie(COOKIE)
  const challenge = cookie === undefined ? undefined : new Secret(cookie)
  const answer = { kind, secret, challenge, transport: 'cookie' } as const
  const outcome = await page.services.signIn.byEmail(visit.context, answer)
  const waits = Buffer.from(visit.cookie(RETURN_COOKIE) ?? '', 'base64url').toString()
  const returnTo = page.returnTo ?? parseReturnTo(waits, prefix)
  const cookies = [COOKIE, RETURN_COOKIE].map((name) => ({ name, value: undefined }))
  return nextStep({ ...page, returnTo }, withoutCaptcha(outcome), { cookies })
}

async function renderRequest(page: OpenPage, alert?: Alert): Promise<string> {
  const { frame, visit } = page
  const texts = textsOf(frame)
  const { emailSignIn } = visit.context.tenant.policy
  const captcha = await openCaptchaIfAlways(page, 'magic_link')
  const buttons = emailSignIn.map((kind, index) =>
    renderButton({
      label: kind === 'link' ? texts.links.magicSendLink : texts.links.magicSendCode,
      kind: index === 0 ? 'primary' : 'secondary',
      name: 'kind',
      value: kind,
    }),
  )
  return renderCardPage(frame, {
    title: texts.links.magicRequestTitle,
    scripts: CAPTCHA_SCRIPTS,
    below: html`<a href="${addressOf(page, '/sign-in')}">${texts.frame.backToSignIn}</a>`,
    body: html`<h1>${texts.links.magicRequestTitle}</h1>
<p class="lead">${texts.links.magicRequestLead}</p>
${renderAlert(alert)}
${renderForm(frame, {
  action: `${page.prefix}/sign-in/email`,
  hidden: { return_to: page.returnTo },
  body: html`${renderEmailField(frame, {
    autocomplete: 'username',
    value: visit.form['email'] ?? visit.query['login_hint']?.slice(0, 254),
    isInvalid: alert !== undefined,
    hasFocus: alert === undefined,
  })}
${captcha}
${buttons}`,
})}`,
  })
}

function renderCode(page: OpenPage, alert?: Alert): string {
  const { frame } = page
  const texts = textsOf(frame)
  return renderCardPage(frame, {
    title: texts.links.sentTitle,
    scripts: ['pages.js'],
    below: html`<a href="${addressOf(page, '/sign-in/email')}">${texts.links.magicAgain}</a>`,
    body: html`<h1>${texts.links.sentTitle}</h1>
<p class="lead">${texts.links.magicCodeLead}</p>
${renderAlert(alert)}
${renderForm(frame, {
  action: `${page.prefix}/sign-in/email/code`,
  hidden: { return_to: page.returnTo },
  body: html`${renderCodeField(frame, {
    name: 'code',
    label: texts.links.magicCode,
    isNumeric: true,
    digits: EMAIL_CODE_DIGITS,
    isInvalid: alert !== undefined,
    hasFocus: alert === undefined,
    maxLength: 16,
  })}
${renderButton({ label: texts.links.magicButton })}`,
})}
<p class="fine-print">${texts.links.nothingArrived}</p>`,
  })
}

/** The name that the API gives it. */
const COOKIE = 'email_sign_in'
const RETURN_COOKIE = 'email_return'
