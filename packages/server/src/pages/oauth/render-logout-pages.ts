import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderForm, renderLinkButton } from '../design/form.ts'
import { renderNoticePage } from '../design/notice-page.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { fill } from '../language/texts.ts'
import { formOf, frameOf, nameOf } from './oauth-frame.ts'
import type { LoggedOutPageProps, LogoutPageProps } from '../../domains/oauth/index.ts'

/** OIDC RP-Initiated Logout §2: asks, since anyone can make a link to it. */
export function renderLogoutPage(props: LogoutPageProps): string {
  const frame = frameOf(props)
  const texts = textsOf(frame).oauth
  const { client, form } = props
  const lead =
    client === undefined
      ? texts.logoutLeadPlain
      : fill(texts.logoutLead, { client: nameOf(client) })
  const buttons = html`<div class="buttons">${renderButton({ label: texts.logoutButton, name: 'logout', value: 'yes' })}
${renderButton({ label: texts.logoutStay, kind: 'secondary' })}</div>`
  return renderCardPage(frame, {
    title: texts.logoutTitle,
    body: html`<h1>${texts.logoutTitle}</h1>
<p class="lead">${lead}</p>
${renderForm(frame, formOf(form, buttons))}`,
  })
}

export function renderLoggedOutPage(props: LoggedOutPageProps): string {
  const frame = frameOf(props)
  const { loggedOutTitle: title, loggedOutLead: lead, signInAgain } = textsOf(frame).oauth
  const more = html`<p class="form">${renderLinkButton(props.signInUrl, signInAgain)}</p>`
  return renderNoticePage(frame, { title, lead, isDone: true, more })
}
