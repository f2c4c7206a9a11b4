import { html, type Html } from '../html.ts'
import { curlOf, exampleOf } from './example-of.ts'
import { renderParameters, renderSchema } from './render-schema.ts'
import { renderText } from './render-text.ts'
import type { Answer, Operation, RateLimit, Refusal } from './read-reference.ts'

/** One operation: what it does on the left, how it looks on the wire on the right. */
export function renderOperation(operation: Operation, serverUrl: string): Html {
  const { id, summary, description, parameters, body, answers, refusals } = operation
  return html`<article class="operation" id="${id}" aria-labelledby="${id}-title">
<div class="operation-text">
<h3 id="${id}-title"><a class="anchor" href="#${id}">${renderText(summary)}</a></h3>
<p class="address"><span class="method" data-method="${operation.method}">${operation.method}</span> <code>${renderPath(operation.path)}</code></p>
${
  description === undefined
    ? undefined
    : html`<p class="description">${renderText(description)}</p>
`
}${renderFacts(operation)}${
  parameters.length === 0
    ? undefined
    : html`<h4>Parameters</h4>
${renderParameters(parameters)}`
}${
  body === undefined
    ? undefined
    : html`<h4>Request body</h4>
${renderSchema(body)}`
}<h4>Answer</h4>
${answers.map((answer) => renderAnswer(answer))}${renderRefusals(refusals)}</div>
<div class="operation-samples">
${renderSample('Request', curlOf(operation, serverUrl))}${answers.map((answer) => renderAnswerSample(answer))}</div>
</article>
`
}

function renderPath(path: string): Html {
  const parts = path.split(/(\{\w+\})/)
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<span class="variable">${part}</span>` : part))}`
}

function renderFacts({ id, isPublic, permission, rateLimit }: Operation): Html {
  return html`<dl class="facts">
<div><dt>Access</dt><dd>${isPublic ? 'Public' : permission === undefined ? 'Signed-in user' : html`Permission <code>${permission}</code>`}</dd></div>
${
  rateLimit === undefined
    ? undefined
    : html`<div><dt>Rate limit</dt><dd>${inWords(rateLimit)}</dd></div>
`
}<div><dt>Operation</dt><dd><code>${id}</code></dd></div>
</dl>
`
}

function inWords({ requests, by, window_seconds: window }: RateLimit): string {
  const per = { source: 'source address', principal: 'user' }[by] ?? by
  return `${requests} requests${window === undefined ? '' : ` in ${durationInWords(window)}`} per ${per}`
}

function durationInWords(seconds: number): string {
  const [size, unit] = UNITS.find(([length]) => seconds % length === 0) ?? [1, 'second']
  const count = seconds / size
  return count === 1 ? `a ${unit}`.replace('a hour', 'an hour') : `${count} ${unit}s`
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
]

function renderAnswer({ status, description, contentType, schema }: Answer): Html {
  const head = html`<span class="status">${status}</span> ${renderText(description)}`
  if (schema === undefined)
    return html`<p class="answer">${head} <span class="member-type">no body</span></p>
`
  return html`<details class="answer"><summary>${head} <span class="member-type">${contentType}</span></summary>
${renderSchema(schema)}</details>
`
}

function renderRefusals(refusals: readonly Refusal[]): Html | undefined {
  if (refusals.length === 0) return undefined
  return html`<details class="answer refusals"><summary>Errors <span class="member-type">${refusals.length} codes</span></summary>
<table><thead><tr><th scope="col">Status</th><th scope="col">Code</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${refusals.map(
  ({
    status,
    code,
    title,
  }) => html`<tr><td>${status}</td><td><code>${breakable(code)}</code></td><td>${title}</td></tr>
`,
)}</tbody></table></details>
`
}

/** Long codes may break behind an underscore, so that the table fits a phone. */
function breakable(code: string): Html {
  return html`${code.split('_').map((word, index) => (index === 0 ? word : html`_<wbr>${word}`))}`
}

function renderAnswerSample({ status, contentType, schema }: Answer): Html | undefined {
  if (schema === undefined || contentType?.endsWith('json') !== true) return undefined
  return renderSample(`Answer ${status}`, JSON.stringify(exampleOf(schema), undefined, 2))
}

function renderSample(title: string, text: string): Html {
  return html`<figure class="sample"><figcaption>${title}</figcaption><pre tabindex="0" role="group" aria-label="${title}"><code>${text}</code></pre></figure>
`
}
