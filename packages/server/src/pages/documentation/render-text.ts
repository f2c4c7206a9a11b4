import { html, type Html } from '../html.ts'

/** Text of a description: what stands between back-ticks is code. */
export function renderText(text: string): Html {
  const parts = text.split(/`([^`]+)`/)
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`
}
