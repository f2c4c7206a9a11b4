import type { PostToPageProps } from '../../domains/oauth/index.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderForm } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { fill } from '../language/texts.ts'
import { formOf, frameOf, nameOf } from './oauth-frame.ts'

/** The last step on the way to a client that wants its answer posted: a script sends the form. */
export function renderFormPostPage(props: PostToPageProps): string {
  const frame = frameOf(props)
  const texts = textsOf(frame)
  const { client, form } = props
  const lead =
    client === undefined
      ? texts.oauth.postLeadPlain
      : fill(texts.oauth.postLead, {
          client: nameOf(client),
          host: client.redirectHost ?? new URL(form.action).host,
        })
  const button = renderButton({ label: texts.frame.continue })
  return renderCardPage(frame, {
    title: texts.frame.goingOn,
    scripts: ['pages.js'],
    body: html`<h1>${texts.frame.goingOn}</h1>
<p class="lead">${lead}</p>
${renderForm(frame, { ...formOf(form, button), isSentAtOnce: true })}`,
  })
}
