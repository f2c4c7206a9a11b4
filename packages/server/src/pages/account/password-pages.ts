import { changePasswordSchema, deleteOwnAccountSchema } from '../../domains/identity/index.ts'
import { httpErrors, type PageReply, type PageRoute } from '../../platform/http/index.ts'
import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderForm } from '../design/form.ts'
import { renderNoticePage } from '../design/notice-page.ts'
import { textsOf } from '../design/page-frame.ts'
import { renderPasswordField } from '../design/password-field.ts'
import { html } from '../html.ts'
import { attempt, type OpenPage, show, userContext } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { passwordRulesOf } from '../password-rules-of.ts'
import { accountRoutes, comeBack } from './account-page-route.ts'
import { renderConfirmPage } from './render-confirm-page.ts'

/** The password, and the end of the account, which needs it. */
export function passwordPages(services: PageServices): readonly PageRoute[] {
  const { readRecent, changeRecent } = accountRoutes(services)
  return [
    readRecent('/account/password', (page) => show(page, renderChange(page))),
    changeRecent('/account/password', 'change-password', changePassword),
    readRecent('/account/delete', (page) => show(page, renderDelete(page))),
    changeRecent('/account/delete', 'delete-me', deleteAccount),
  ]
}

function changePassword(page: OpenPage): Promise<PageReply> {
  const { current_password, new_password } = page.visit.form
  return attempt(
    page,
    async () => {
      const parsed = changePasswordSchema.safeParse({ current_password, new_password })
      if (!parsed.success) throw httpErrors.invalid_request()
      await page.services.identity.changePassword(userContext(page), {
        currentPassword: parsed.data.current_password,
        newPassword: parsed.data.new_password,
      })
      return comeBack(page, '/account/security', 'passwordChanged')
    },
    (alert) => renderChange(page, alert),
  )
}

function deleteAccount(page: OpenPage): Promise<PageReply> {
  const { current_password, confirmed } = page.visit.form
  return attempt(
    page,
    async () => {
      const parsed = deleteOwnAccountSchema.safeParse({ current_password })
      if (!parsed.success || confirmed !== 'yes') throw httpErrors.invalid_request()
      const { current_password: password } = parsed.data
      await page.services.identity.deleteOwnAccount(userContext(page), password)
      const { deletedTitle: title, deletedLead: lead } = textsOf(page.frame).account
      const body = renderNoticePage(page.frame, { title, lead, isDone: true })
      return show(page, body, { cookies: [{ name: 'session', value: undefined }] })
    },
    (alert) => renderDelete(page, alert),
  )
}

function renderChange(page: OpenPage, alert?: Alert): string {
  const { frame, prefix } = page
  const texts = textsOf(frame)
  const isCurrentWrong = alert?.title === texts.problems.current_password_wrong.title
  return renderCardPage(frame, {
    title: texts.account.changePassword,
    scripts: ['pages.js'],
    below: html`<a href="${prefix}/account/security">${texts.frame.cancel}</a>`,
    body: html`<h1>${texts.account.changePassword}</h1>
<p class="lead">${texts.account.passwordLead}</p>
${renderAlert(alert)}
${renderForm(frame, {
  action: `${prefix}/account/password`,
  body: html`${renderPasswordField(frame, {
    name: 'current_password',
    label: texts.frame.currentPassword,
    isInvalid: isCurrentWrong,
    hasFocus: alert === undefined,
  })}
${renderPasswordField(frame, {
  name: 'new_password',
  label: texts.frame.newPassword,
  rules: passwordRulesOf(page),
  isInvalid: alert !== undefined && !isCurrentWrong,
})}
${renderButton({ label: texts.account.changePassword })}`,
})}`,
  })
}

function renderDelete(page: OpenPage, alert?: Alert): string {
  const { account } = textsOf(page.frame)
  return renderConfirmPage(page.frame, {
    title: account.deleteTitle,
    lead: account.deleteLead,
    action: `${page.prefix}/account/delete`,
    button: account.deleteButton,
    isDangerous: true,
    cancelHref: `${page.prefix}/account/security`,
    checkbox: account.deleteConfirm,
    alert,
  })
}
