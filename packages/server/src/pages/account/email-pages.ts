import { changeEmailSchema, identityErrors } from '../../domains/identity/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderEmailField, renderForm } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { attempt, type OpenPage, show, userContext } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { accountRoutes, comeBack } from './account-page-route.ts'

/** Asking for another address; links in two messages do the rest. */
export function emailPages(services: PageServices): readonly PageRoute[] {
  const { readRecent, changeRecent } = accountRoutes(services)
  return [
    readRecent('/account/email', (page) => show(page, render(page))),
    changeRecent('/account/email', 'change-email', request),
  ]
}

function request(page: OpenPage): Promise<PageReply> {
  return attempt(
    page,
    async () => {
      const email = (page.visit.form['new_email'] ?? '').trim()
      const parsed = changeEmailSchema.safeParse({ new_email: email })
      if (!parsed.success) throw identityErrors.email_invalid()
      await page.services.identity.requestEmailChange(userContext(page), parsed.data.new_email)
      return comeBack(page, '/account', 'emailAsked')
    },
    (alert) => render(page, alert),
  )
}

function render(page: OpenPage, alert?: Alert): string {
  const { frame, prefix } = page
  const texts = textsOf(frame)
  const { changeEmailTitle: title, changeEmailLead: lead, newEmail: label } = texts.account
  return renderCardPage(frame, {
    title,
    scripts: ['pages.js'],
    below: html`<a href="${prefix}/account">${texts.frame.cancel}</a>`,
    body: html`<h1>${title}</h1>
<p class="lead">${lead}</p>
${renderAlert(alert)}
${renderForm(frame, {
  action: `${prefix}/account/email`,
  body: html`${renderEmailField(frame, {
    name: 'new_email',
    label,
    autocomplete: 'email',
    value: page.visit.form['new_email'],
    isInvalid: alert !== undefined,
    hasFocus: alert === undefined,
  })}
${renderButton({ label: texts.account.changeEmail })}`,
})}`,
  })
}
