import { emailBodySchema, identityErrors } from '../../domains/identity/index.ts'
import { minutes } from '../../kernel/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import { CAPTCHA_SCRIPTS, openCaptchaIfAlways } from '../captcha/captcha-part.ts'
import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderEmailField, renderForm } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { addressOf, attempt, goTo, openPage, type OpenPage, show } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { type MailForm, mailForms } from './mail-forms.ts'
import { renderSent } from './render-sent.ts'

/** Messages that anyone may ask for. */
export function mailFormPages(services: PageServices): readonly PageRoute[] {
  const window = minutes(1)
  const auth = { kind: 'anyone' } as const
  const reading = { name: 'mail-form-page', limit: 300, window, by: 'source' } as const
  return mailForms.flatMap((form): PageRoute[] => [
    {
      method: 'GET',
      path: form.path,
      auth,
      rateLimit: reading,
      handler: async (visit) => {
        const page = await openPage(services, visit)
        return show(page, await render(page, form))
      },
    },
    {
      method: 'POST',
      path: form.path,
      auth,
      rateLimit: { name: form.limitName, limit: 5, window, by: 'source' },
      handler: async (visit) => send(await openPage(services, visit), form),
    },
    {
      method: 'GET',
      path: form.sentPath,
      auth,
      rateLimit: reading,
      handler: async (visit) => {
        const page = await openPage(services, visit)
        return show(page, renderSent(page, form.words(textsOf(page.frame)).sentLead))
      },
    },
  ])
}

function send(page: OpenPage, form: MailForm): Promise<PageReply> {
  return attempt(
    page,
    async () => {
      const email = (page.visit.form['email'] ?? '').trim()
      const parsed = emailBodySchema.safeParse({ email })
      if (!parsed.success) throw identityErrors.email_invalid()
      await form.send(page, parsed.data.email)
      return goTo(addressOf(page, form.sentPath))
    },
    (alert) => render(page, form, alert),
  )
}

async function render(page: OpenPage, form: MailForm, alert?: Alert): Promise<string> {
  const { frame } = page
  const texts = textsOf(frame)
  const { title, lead, button } = form.words(texts)
  const captcha = await openCaptchaIfAlways(page, form.purpose)
  return renderCardPage(frame, {
    title,
    scripts: CAPTCHA_SCRIPTS,
    below: html`<a href="${addressOf(page, '/sign-in')}">${texts.frame.backToSignIn}</a>`,
    body: html`<h1>${title}</h1>
<p class="lead">${lead}</p>
${renderAlert(alert)}
${renderForm(frame, {
  action: `${page.prefix}${form.path}`,
  hidden: { return_to: page.returnTo },
  body: html`${renderEmailField(frame, {
    autocomplete: 'username',
    value: page.visit.form['email'],
    isInvalid: alert !== undefined,
    hasFocus: alert === undefined,
  })}
${captcha}
${renderButton({ label: button })}`,
})}`,
  })
}
