import { html, type Html } from '../html.ts'
import { renderCardPage } from './card-page.ts'
import type { PageFrame } from './page-frame.ts'
import { DONE_MARK } from './steps.ts'

export interface Notice {
  readonly title: string
  readonly lead: string
  readonly isDone: boolean
  readonly more?: Html | undefined
  readonly scripts?: readonly string[]
}

/** A page that only says something. */
export function renderNoticePage(frame: PageFrame, notice: Notice): string {
  const { title, lead, isDone, more, scripts = [] } = notice
  return renderCardPage(frame, {
    title,
    scripts,
    body: html`${isDone ? DONE_MARK : undefined}<h1>${title}</h1>
<p class="lead">${lead}</p>
${more}`,
  })
}
