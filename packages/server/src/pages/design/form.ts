import { html, type Html } from '../html.ts'
import { type PageFrame, textsOf } from './page-frame.ts'

export interface Form {
  readonly action: string
  readonly hidden?: Readonly<Record<string, string | undefined>>
  readonly body: Html
  /** For scripts. */
  readonly id?: string
  /** Whether it is sent without a click where scripts run; the button stays for where they do not. */
  readonly isSentAtOnce?: boolean
}

/** A form that works without a script, bound to this browser. */
export function renderForm(frame: PageFrame, form: Form): Html {
  const { action, hidden = {}, body, id, isSentAtOnce = false } = form
  const fields = { csrf: frame.csrfToken, ...hidden }
  return html`<form class="form" method="post" action="${action}"${id === undefined ? undefined : html` id="${id}"`}${isSentAtOnce ? html` data-send-at-once` : undefined}>
${Object.entries(fields).map(([name, value]) =>
  value === undefined ? undefined : html`<input type="hidden" name="${name}" value="${value}">`,
)}
${body}
</form>`
}

export interface Field {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'email' | 'password' | 'tel'
  readonly autocomplete: string
  readonly value?: string | undefined
  readonly hint?: string
  readonly isOptional?: boolean
  readonly isInvalid?: boolean
  readonly hasFocus?: boolean
  readonly maxLength?: number
}

export function renderField(frame: PageFrame, field: Field): Html {
  const { name, label, type = 'text', hint, isOptional = false } = field
  return html`<div class="field">
<label for="${name}">${label}${isOptional ? html` <span class="optional">(${textsOf(frame).frame.optional})</span>` : undefined}</label>
<input id="${name}" name="${name}" type="${type}"${attributesOf(field)}>
${hint === undefined ? undefined : html`<p class="hint" id="${name}-hint">${hint}</p>`}
</div>`
}

/** The address of an account. */
export function renderEmailField(
  frame: PageFrame,
  field: Pick<Field, 'autocomplete' | 'value' | 'isInvalid' | 'hasFocus'> & {
    /** Default: `email`. */
    readonly name?: string
    readonly label?: string
  },
): Html {
  const label = textsOf(frame).frame.email
  return renderField(frame, { name: 'email', label, ...field, type: 'email', maxLength: 254 })
}

export function attributesOf(field: Omit<Field, 'label' | 'type'>): Html {
  const { name, autocomplete, value, hint, isOptional, isInvalid, hasFocus, maxLength } = field
  const described = [
    ...(hint === undefined ? [] : [`${name}-hint`]),
    ...(isInvalid === true ? ['alert'] : []),
  ]
  return html` autocomplete="${autocomplete}" autocapitalize="none" spellcheck="false"${
    value === undefined ? undefined : html` value="${value}"`
  }${isOptional === true ? undefined : html` required`}${
    maxLength === undefined ? undefined : html` maxlength="${maxLength}"`
  }${isInvalid === true ? html` aria-invalid="true"` : undefined}${
    described.length === 0 ? undefined : html` aria-describedby="${described.join(' ')}"`
  }${hasFocus === true ? html` autofocus` : undefined}`
}

/** Digits, or a code of another form: one field, never several boxes. */
export function renderCodeField(
  frame: PageFrame,
  field: Omit<Field, 'autocomplete'> & {
    readonly isNumeric: boolean
    /** Default: 6. */
    readonly digits?: number
    /** Whether the form is sent with the last digit. Default: it is. */
    readonly isSentAlone?: boolean
  },
): Html {
  const { name, label, hint, isNumeric, digits = 6, isSentAlone = true } = field
  const rest = attributesOf({ ...field, autocomplete: 'one-time-code' })
  return html`<div class="field">
<label for="${name}">${label}</label>
<input class="code" id="${name}" name="${name}" type="text"${
    isNumeric ? html` inputmode="numeric"` : undefined
  }${isNumeric && isSentAlone ? html` data-digits="${digits}"` : undefined}${rest}>
${hint === undefined ? undefined : html`<p class="hint" id="${name}-hint">${hint}</p>`}
</div>`
}

export interface Checkbox {
  readonly name: string
  readonly label: string
  readonly hint?: string
  /** Default: it must be ticked. */
  readonly isOptional?: boolean
}

export function renderCheckbox({ name, label, hint, isOptional = false }: Checkbox): Html {
  const required = isOptional ? undefined : html` required`
  const described = hint === undefined ? undefined : html` aria-describedby="${name}-hint"`
  return html`<div class="checkbox"><input id="${name}" name="${name}" type="checkbox" value="yes"${required}${described}><label for="${name}">${label}</label></div>${
    hint === undefined ? undefined : html`<p class="hint" id="${name}-hint">${hint}</p>`
  }`
}

export interface Button {
  readonly label: string
  readonly kind?: 'primary' | 'secondary' | 'danger'
  readonly name?: string
  readonly value?: string
}

export function renderButton({ label, kind = 'primary', name, value = '' }: Button): Html {
  const submits = name === undefined ? undefined : html` name="${name}" value="${value}"`
  return html`<button class="button ${kind}" type="submit"${submits}>${label}</button>`
}

export function renderLinkButton(href: string, label: string): Html {
  return html`<a class="button secondary" href="${href}">${label}</a>`
}
