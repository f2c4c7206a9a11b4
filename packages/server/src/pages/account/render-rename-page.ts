import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { type Field, renderButton, renderField, renderForm } from '../design/form.ts'
import { type PageFrame, textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'

export interface RenamePageProps extends Pick<Field, 'label' | 'hint' | 'isOptional' | 'value'> {
  readonly title: string
  /** What it is that gets a name, where the title does not say. */
  readonly lead?: string
  readonly action: string
  readonly cancelHref: string
  readonly alert?: Alert | undefined
}

/** Asks how somebody calls a thing of their own. */
export function renderRenamePage(frame: PageFrame, props: RenamePageProps): string {
  const { title, lead, action, cancelHref, alert, ...field } = props
  const texts = textsOf(frame)
  return renderCardPage(frame, {
    title,
    scripts: ['pages.js'],
    below: html`<a href="${cancelHref}">${texts.frame.cancel}</a>`,
    body: html`<h1>${title}</h1>
${lead === undefined ? undefined : html`<p class="lead">${lead}</p>`}
${renderAlert(alert)}
${renderForm(frame, {
  action,
  body: html`${renderField(frame, {
    ...field,
    name: 'name',
    autocomplete: 'off',
    isInvalid: alert !== undefined,
    hasFocus: alert === undefined,
    maxLength: 64,
  })}
${renderButton({ label: texts.frame.save })}`,
})}`,
  })
}
