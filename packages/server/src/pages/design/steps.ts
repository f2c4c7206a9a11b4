import { html, type Html } from '../html.ts'
import { fill } from '../language/texts.ts'
import { type PageFrame, textsOf } from './page-frame.ts'

/** Where in a task of several pages somebody is. `current` counts from one. */
export function renderSteps(frame: PageFrame, current: number, names: readonly string[]): Html {
  const label = fill(textsOf(frame).frame.step, { current, total: names.length })
  return html`<div class="steps"><p class="steps-label">${label}</p><ol aria-hidden="true">${names.map(
    (_, index) => html`<li class="${index < current ? 'reached' : 'ahead'}"></li>`,
  )}</ol></div>`
}

export function renderDivider(label: string): Html {
  return html`<p class="divider"><span>${label}</span></p>`
}

/** A tick in a circle, for the pages at the end of something. */
export const DONE_MARK: Html = html`<svg class="done-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><path d="m10 16.5 4.2 4.2 8.3-9"/></svg>`
