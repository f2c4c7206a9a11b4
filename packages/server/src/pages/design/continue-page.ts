import { html } from '../html.ts'
import { renderCardPage } from './card-page.ts'
import { type PageFrame, textsOf } from './page-frame.ts'

/**
 * Goes on after a form. NOTE: a redirect would do where it ends at our own origin, but this one may
 * lead to a client, and Chromium applies `form-action` to every redirect that follows a form.
 */
export function renderContinue(frame: PageFrame, url: string): string {
  const texts = textsOf(frame).frame
  return renderCardPage(frame, {
    title: texts.goingOn,
    goOnTo: url,
    body: html`<h1>${texts.goingOn}</h1>
<p class="lead">${texts.goingOnLead}</p>
<p class="actions"><a class="button primary" href="${url}">${texts.continue}</a></p>`,
  })
}
