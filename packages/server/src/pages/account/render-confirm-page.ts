import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderCheckbox, renderForm } from '../design/form.ts'
import { type PageFrame, textsOf } from '../design/page-frame.ts'
import { renderPasswordField } from '../design/password-field.ts'
import { html, type Html } from '../html.ts'

export interface ConfirmPageProps {
  readonly title: string
  readonly lead: string
  readonly action: string
  readonly button: string
  readonly isDangerous: boolean
  readonly cancelHref: string
  /** Above the password. */
  readonly fields?: Html
  /** What must be ticked. */
  readonly checkbox?: string
  readonly alert?: Alert | undefined
}

/** A change that needs the password once more. */
export function renderConfirmPage(frame: PageFrame, props: ConfirmPageProps): string {
  const texts = textsOf(frame)
  const { title, lead, action, button, isDangerous, cancelHref, fields, checkbox, alert } = props
  return renderCardPage(frame, {
    title,
    scripts: ['pages.js'],
    below: html`<a href="${cancelHref}">${texts.frame.cancel}</a>`,
    body: html`<h1>${title}</h1>
<p class="lead">${lead}</p>
${renderAlert(alert)}
${renderForm(frame, {
  action,
  body: html`${fields}
${renderPasswordField(frame, {
  name: 'current_password',
  label: texts.frame.currentPassword,
  isInvalid: alert !== undefined,
  hasFocus: alert === undefined && fields === undefined,
})}
${checkbox === undefined ? undefined : renderCheckbox({ name: 'confirmed', label: checkbox })}
${renderButton({ label: button, kind: isDangerous ? 'danger' : 'primary' })}`,
})}`,
  })
}
