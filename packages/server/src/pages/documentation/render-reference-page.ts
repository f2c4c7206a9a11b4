import { html, type Html } from '../html.ts'
import { BRAND_MARK, renderDocument } from '../render-document.ts'
import { readReference, type OperationGroup, type Reference } from './read-reference.ts'
import { renderOperation } from './render-operation.ts'
import { renderSchema } from './render-schema.ts'
import { renderText } from './render-text.ts'

/** The whole API on one page, made on the server: no script, nothing from elsewhere. */
export function renderReferencePage(openApi: Record<string, unknown>): string {
  const reference = readReference(openApi)
  return renderDocument({
    title: `${reference.title} API reference`,
    layout: 'reference-page',
    styleSheets: ['reference.css'],
    body: html`<a class="skip" href="#content">Skip to the reference</a>
<header class="top">
<a class="brand" href="/docs">${BRAND_MARK}${reference.title}</a>
<span class="version">API ${reference.version}</span>
<a class="download" href="/openapi.json">OpenAPI</a>
</header>
<div class="columns">
${renderIndex(reference)}
<main id="content" tabindex="-1">
${renderIntroduction(reference)}${reference.groups.map((group) => renderGroup(group, reference))}</main>
</div>`,
  })
}

function renderIndex({ groups }: Reference): Html {
  const entries = groups.map(
    (group) => html`<li><a class="index-group" href="#${anchorOf(group)}">${group.name}</a>
<ul class="index-operations">
${group.operations.map(
  ({
    id,
    method,
    summary,
  }) => html`<li><a href="#${id}"><span class="index-method" data-method="${method}">${method}</span><span>${renderText(summary)}</span></a></li>
`,
)}</ul></li>
`,
  )
  return html`<nav class="index" aria-label="Operations">
<ul class="index-groups">
<li><a class="index-group" href="#start">Start here</a></li>
${entries}</ul>
</nav>`
}

function renderIntroduction({ title, description, serverUrl, problem }: Reference): Html {
  return html`<section class="introduction" id="start" aria-labelledby="start-title">
<h1 id="start-title">${title} API</h1>
<p class="lead">${renderText(description)}</p>
<dl class="basics">
<div><dt>Server</dt><dd><code>${serverUrl}</code></dd></div>
<div><dt>Access token</dt><dd><code>Authorization: Bearer …</code> for programs</dd></div>
<div><dt>Session cookie</dt><dd>for browsers; unsafe requests also need <code>X-CSRF-Token</code></dd></div>
<div><dt>Format</dt><dd>JSON in UTF-8; members that are not listed here are refused</dd></div>
</dl>
${
  problem === undefined
    ? undefined
    : html`<details class="answer"><summary>Every error has this form <span class="member-type">application/problem+json</span></summary>
${renderSchema(problem)}</details>
`
}</section>
`
}

function renderGroup(group: OperationGroup, { serverUrl }: Reference): Html {
  const anchor = anchorOf(group)
  return html`<section class="group" id="${anchor}" aria-labelledby="${anchor}-title">
<h2 id="${anchor}-title">${group.name}</h2>
${
  group.description === undefined
    ? undefined
    : html`<p class="lead">${renderText(group.description)}</p>
`
}${group.operations.map((operation) => renderOperation(operation, serverUrl))}</section>
`
}

/** The prefix keeps it apart from the ids of operations. */
function anchorOf({ name }: OperationGroup): string {
  return `group-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`
}
