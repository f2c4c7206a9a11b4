import { emailBodySchema, identityErrors, registerSchema } from '../../domains/identity/index.ts'
import { type AppError, minutes } from '../../kernel/index.ts'
import { httpErrors, type PageReply, type PageRoute } from '../../platform/http/index.ts'
import { type Alert, findProblem, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderField, renderForm } from '../design/form.ts'
import { renderNoticePage } from '../design/notice-page.ts'
import { textsOf } from '../design/page-frame.ts'
import { renderPasswordField } from '../design/password-field.ts'
import { html } from '../html.ts'
import type { Texts } from '../language/texts.ts'
import { addressOf, attempt, goTo, openPage, type OpenPage, show } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { passwordRulesOf } from '../password-rules-of.ts'

type Handle = (page: OpenPage) => Promise<PageReply> | PageReply

/** Registration, and the messages that anyone may ask for. The answer is the same for everybody. */
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
  const asking = (name: string) => ({ name, limit: 5 })
  return [
    anyone('GET', '/register', reading, offer),
    anyone('POST', '/register', { name: 'register', limit: 10 }, register),
    anyone(
      'GET',
      '/register/sent',
      reading,
      sent(({ links }) => links.registeredLead),
    ),
    anyone('GET', '/forgot', reading, (page) => show(page, renderForgot(page))),
    anyone('POST', '/forgot', asking('forgot-password'), forgot),
    anyone(
      'GET',
      '/forgot/sent',
      reading,
      sent(({ links }) => links.forgotSentLead),
    ),
    anyone('POST', '/verify-email/resend', asking('resend-verification'), resend),
    anyone(
      'GET',
      '/verify-email/sent',
      reading,
      sent(({ links }) => links.resentLead),
    ),
  ]
}

function offer(page: OpenPage): PageReply {
  if (page.visit.context.tenant.policy.registration !== 'open') {
    throw identityErrors.registration_closed()
  }
  return show(page, renderRegister(page))
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
      await page.services.identity.register(context, { ...account, displayName })
      return goTo(addressOf(page, '/register/sent'))
    },
    (alert) => renderRegister(page, alert),
  )
}

function refusalOf(member: PropertyKey | undefined): AppError {
  return member === 'email' ? identityErrors.email_invalid() : httpErrors.invalid_request()
}

function forgot(page: OpenPage): Promise<PageReply> {
  return ask(
    page,
    '/forgot/sent',
    (email) => page.services.identity.forgotPassword(page.visit.context, email),
    (alert) => renderForgot(page, alert),
  )
}

function resend(page: OpenPage): Promise<PageReply> {
  return ask(
    page,
    '/verify-email/sent',
    (email) => page.services.identity.resendVerification(page.visit.context, email),
    (alert) => renderForgot(page, alert),
  )
}

function ask(
  page: OpenPage,
  next: string,
  send: (email: string) => Promise<void>,
  render: (alert: Alert) => string,
): Promise<PageReply> {
  return attempt(
    page,
    async () => {
      const email = (page.visit.form['email'] ?? '').trim()
      const parsed = emailBodySchema.safeParse({ email })
      if (!parsed.success) throw identityErrors.email_invalid()
      await send(parsed.data.email)
      return goTo(addressOf(page, next))
    },
    render,
  )
}

function sent(lead: (texts: Texts) => string): Handle {
  return (page) => {
    const texts = textsOf(page.frame)
    const more = html`<p class="fine-print">${texts.links.nothingArrived}</p>
<p class="actions"><a class="button secondary" href="${addressOf(page, '/sign-in')}">${texts.frame.backToSignIn}</a></p>`
    const title = texts.links.sentTitle
    return show(
      page,
      renderNoticePage(page.frame, { title, lead: lead(texts), isDone: true, more }),
    )
  }
}

function renderRegister(page: OpenPage, alert?: Alert): string {
  const { frame } = page
  const texts = textsOf(frame)
  const { form } = page.visit
  const isEmailWrong = alert?.title === findProblem(frame, 'email_invalid')?.title
  return renderCardPage(frame, {
    title: texts.links.registerTitle,
    scripts: ['pages.js'],
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
${renderField(frame, {
  name: 'email',
  label: texts.frame.email,
  type: 'email',
  autocomplete: 'email',
  value: form['email'],
  isInvalid: isEmailWrong,
  maxLength: 254,
})}
${renderPasswordField(frame, {
  name: 'password',
  label: texts.frame.password,
  rules: passwordRulesOf(page),
  isInvalid: alert !== undefined && !isEmailWrong,
})}
${renderButton({ label: texts.links.registerButton })}`,
})}`,
  })
}

function renderForgot(page: OpenPage, alert?: Alert): string {
  const { frame } = page
  const texts = textsOf(frame)
  return renderCardPage(frame, {
    title: texts.links.forgotTitle,
    scripts: ['pages.js'],
    below: html`<a href="${addressOf(page, '/sign-in')}">${texts.frame.backToSignIn}</a>`,
    body: html`<h1>${texts.links.forgotTitle}</h1>
<p class="lead">${texts.links.forgotLead}</p>
${renderAlert(alert)}
${renderForm(frame, {
  action: `${page.prefix}/forgot`,
  hidden: { return_to: page.returnTo },
  body: html`${renderField(frame, {
    name: 'email',
    label: texts.frame.email,
    type: 'email',
    autocomplete: 'username',
    value: page.visit.form['email'],
    isInvalid: alert !== undefined,
    hasFocus: alert === undefined,
    maxLength: 254,
  })}
${renderButton({ label: texts.links.forgotButton })}`,
})}`,
  })
}
