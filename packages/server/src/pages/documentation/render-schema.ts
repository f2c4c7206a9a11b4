import { html, type Html } from '../html.ts'
import { constraintsOf, type Member, membersOf, typeOf } from './describe-schema.ts'
import { renderText } from './render-text.ts'
import type { Parameter, Schema } from './read-reference.ts'

/** The members of a body or an answer; the alternatives of a union one after the other. */
export function renderSchema(schema: Schema): Html {
  if (schema.oneOf === undefined) return renderMembers(schema)
  const alternatives = schema.oneOf.map(
    (alternative, index) => html`<div class="alternative">
<p class="alternative-name">${index === 0 ? 'Either' : 'or'} <code>${nameOf(alternative)}</code></p>
${renderMembers(alternative)}</div>
`,
  )
  return html`${alternatives}`
}

export function renderParameters(parameters: readonly Parameter[]): Html {
  const members = parameters.map((parameter) =>
    renderMember(
      { name: parameter.name, schema: parameter.schema, required: parameter.required ?? false },
      { place: parameter.in, description: parameter.description },
    ),
  )
  return html`<dl class="members">
${members}</dl>
`
}

function renderMembers(schema: Schema): Html {
  const members = membersOf(schema)
  if (members.length === 0)
    return html`<p class="type-only">${typeOf(schema)}</p>
`
  return html`<dl class="members">
${members.map((member) => renderMember(member))}</dl>
`
}

function renderMember(
  { name, schema, required }: Member,
  { place, description }: { place?: string; description?: string | undefined } = {},
): Html {
  const text = description ?? schema.description
  const constraints = constraintsOf(schema)
  return html`<div class="member">
<dt><code class="member-name">${name}</code> <span class="member-type">${typeOf(schema)}${place === undefined ? '' : ` · ${place}`}</span>${required ? html` <span class="required">required</span>` : undefined}</dt>
<dd>${text === undefined ? undefined : html`<p>${renderText(text)}</p>`}${
    constraints.length === 0
      ? undefined
      : html`<p class="constraints">${constraints.map((line) => html`<span>${line}</span> `)}</p>`
  }${membersOf(schema).length === 0 ? undefined : nested(schema)}</dd>
</div>
`
}

function nested(schema: Schema): Html {
  return html`<details class="nested"><summary>Members</summary>
${renderMembers(schema)}</details>`
}

/** The value that tells the alternatives apart, if there is one. */
function nameOf(schema: Schema): string {
  const members = Object.entries(schema.properties ?? {})
  const [name, member] = members.find(([, { const: value }]) => value !== undefined) ?? []
  return name === undefined ? typeOf(schema) : `${name}: ${JSON.stringify(member?.const)}`
}
