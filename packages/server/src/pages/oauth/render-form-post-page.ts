import type { PostToPageProps } from '../../domains/oauth/index.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderForm } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { formOf, frameOf, nameOf } from './oauth-frame.ts'

/** The last step on the way to a client that wants its answer posted. */
export function renderFormPostPage(props: PostToPageProps): string {
  const frame = frameOf(props)
  const { continue: title } = textsOf(frame).frame
  const { client, form } = props
  return renderCardPage(frame, {
    title,
    body: html`<h1>${title}</h1>
${client === undefined ? undefined : html`<p class="lead">${nameOf(client)} · ${client.redirectHost ?? ''}</p>`}
${renderForm(frame, formOf(form, renderButton({ label: title })))}`,
  })
}
