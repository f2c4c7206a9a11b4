import { identityErrors, registerSchema } from '../../domains/identity/index.ts'
import { type AppError, minutes } from '../../kernel/index.ts'
import { httpErrors, type PageReply, type PageRoute } from '../../platform/http/index.ts'
import {
  CAPTCHA_SCRIPTS,
  captchaOf,
  openCaptcha,
  openCaptchaIfAlways,
} from '../captcha/captcha-part.ts'
import { type Alert, findProblem, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderEmailField, renderField, renderForm } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { renderPasswordField } from '../design/password-field.ts'
import { html } from '../html.ts'
import type { Texts } from '../language/texts.ts'
import { renderSent } from '../mail-forms/render-sent.ts'
import { addressOf, attempt, goTo, openPage, type OpenPage, show } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { passwordRulesOf } from '../password-rules-of.ts'

type Handle = (page: OpenPage) => Promise<PageReply> | PageReply

/** Registration. The answer is the same for everybody. */
export function registerPages(services: PageServices): readonly PageRoute[] {
  const anyone = (
    method: 'GET' | 'POST',
    path: `/${string}`,
    limit: { readonly name: string; readonly limit: number },
    handle: Handle,
  ): PageRoute => ({
    method,
    path,
    auth: { kind: 'anyone' },
    rateLimit: { ...limit, window: minutes(1), by: 'source' },
    handler: async (visit) => handle(await openPage(services, visit)),
  })
  const reading = { name: 'register-page', limit: 300 }
  return [
    anyone('GET', '/register', reading, offer),
    anyone('POST', '/register', { name: 'register', limit: 10 }, register),
    anyone(
      'GET',
      '/register/sent',
      reading,
      sent(({ links }) => links.registeredLead),
    ),
  ]
}

async function offer(page: OpenPage): Promise<PageReply> {
  if (page.visit.context.tenant.policy.registration !== 'open') {
    throw identityErrors.registration_closed()
  }
  return show(page, await renderRegister(page))
}

function register(page: OpenPage): Promise<PageReply> {
  const { form, context } = page.visit
  const { email = '', password, display_name = '' } = form
  return attempt(
    page,
    async () => {
      const parsed = registerSchema.safeParse({
        email: email.trim(),
        password,
        locale: page.frame.language.tag,
        ...(display_name.trim() === '' ? {} : { display_name: display_name.trim() }),
      })
      if (!parsed.success) throw refusalOf(parsed.error.issues[0]?.path[0])
      const { display_name: displayName, ...account } = parsed.data
      const captcha = captchaOf(page)
      await page.services.identity.register(context, { ...account, displayName, captcha })
      return goTo(addressOf(page, '/register/sent'))
    },
    (alert) => renderRegister(page, alert),
  )
}

function refusalOf(member: PropertyKey | undefined): AppError {
  return member === 'email' ? identityErrors.email_invalid() : httpErrors.invalid_request()
}

function sent(lead: (texts: Texts) => string): Handle {
  return (page) => show(page, renderSent(page, lead(textsOf(page.frame))))
}

async function renderRegister(page: OpenPage, alert?: Alert): Promise<string> {
  const { frame } = page
  const texts = textsOf(frame)
  const { form } = page.visit
  const isAbout = (code: string) => alert?.title === findProblem(frame, code)?.title
  const [isEmailWrong, isCaptchaAsked] = [isAbout('email_invalid'), isAbout('captcha_required')]
  const captcha = isCaptchaAsked
    ? await openCaptcha(page, 'register')
    : await openCaptchaIfAlways(page, 'register')
  return renderCardPage(frame, {
    title: texts.links.registerTitle,
    scripts: CAPTCHA_SCRIPTS,
    below: html`${texts.links.haveAccount} <a href="${addressOf(page, '/sign-in')}">${texts.signIn.title}</a>`,
    body: html`<h1>${texts.links.registerTitle}</h1>
<p class="lead">${texts.links.registerLead}</p>
${renderAlert(alert)}
${renderForm(frame, {
  action: `${page.prefix}/register`,
  hidden: { return_to: page.returnTo },
  body: html`${renderField(frame, {
    name: 'display_name',
    label: texts.links.name,
    autocomplete: 'name',
    value: form['display_name'],
    isOptional: true,
    maxLength: 100,
  })}
${renderEmailField(frame, {
  autocomplete: 'email',
  value: form['email'],
  isInvalid: isEmailWrong,
})}
${renderPasswordField(frame, {
  name: 'password',
  label: texts.frame.password,
  rules: passwordRulesOf(page),
  isInvalid: alert !== undefined && !isEmailWrong && !isCaptchaAsked,
})}
${captcha}
${renderButton({ label: texts.links.registerButton })}`,
})}`,
  })
}
