import { renderNoticePage } from '../design/notice-page.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { addressOf, type OpenPage } from '../open-page.ts'

/** Says that a message is on its way, whether there is one or not. */
export function renderSent(page: OpenPage, lead: string): string {
  const texts = textsOf(page.frame)
  const more = html`<p class="fine-print">${texts.links.nothingArrived}</p>
<p class="actions"><a class="button secondary" href="${addressOf(page, '/sign-in')}">${texts.frame.backToSignIn}</a></p>`
  return renderNoticePage(page.frame, { title: texts.links.sentTitle, lead, isDone: true, more })
}
