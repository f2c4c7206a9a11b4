import { renderCardPage } from '../design/card-page.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { frameOf } from './oauth-frame.ts'
import type { OAuthErrorPageProps } from '../../domains/oauth/index.ts'

/** RFC 6749 §4.1.2.1: where nobody may be redirected to. */
export function renderOAuthErrorPage(props: OAuthErrorPageProps): string {
  const frame = frameOf(props)
  const texts = textsOf(frame)
  const { title, detail, requestId } = props
  return renderCardPage(frame, {
    title: texts.oauth.errorTitle,
    body: html`<h1>${texts.oauth.errorTitle}</h1>
<p class="lead">${texts.oauth.errorLead}</p>
<dl class="facts">
<div><dt>${texts.oauth.errorCode}</dt><dd><code>${title}</code>${detail === undefined ? undefined : html`<br><span class="quiet" lang="en">${detail}</span>`}</dd></div>
<div><dt>${texts.frame.requestId}</dt><dd><code>${requestId}</code></dd></div>
</dl>`,
  })
}
