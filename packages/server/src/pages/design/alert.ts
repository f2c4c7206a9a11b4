import { html, type Html } from '../html.ts'
import { lookUp } from '../language/texts.ts'
import { type PageFrame, textsOf } from './page-frame.ts'

export interface Alert {
  readonly kind: 'error' | 'success'
  readonly title: string
  readonly text?: string | undefined
}

/** The summary of what happened; an error has the focus, so that it is read first. */
export function renderAlert(alert: Alert | undefined): Html | undefined {
  if (alert === undefined) return undefined
  const { kind, title, text } = alert
  const body = html`<h2>${title}</h2>${text === undefined ? undefined : html`<p>${text}</p>`}`
  return kind === 'error'
    ? html`<div class="alert alert-error" id="alert" role="alert" tabindex="-1" autofocus>${body}</div>`
    : html`<div class="alert alert-success" id="alert" role="status">${body}</div>`
}

/** Words for the code of a refusal; undefined: there are none, and it is nobody's to correct. */
export function findProblem(frame: PageFrame, code: string): Alert | undefined {
  const problem = lookUp(textsOf(frame).problems, code)
  return problem === undefined ? undefined : { kind: 'error', ...problem }
}
