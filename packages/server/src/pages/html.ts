/** Markup that is safe to send: made by `html` only, never from a plain string. */
export class Html {
  readonly #markup: string

  constructor(strings: TemplateStringsArray, values: readonly HtmlValue[]) {
    this.#markup = String.raw({ raw: strings }, ...values.map((value) => render(value)))
  }

  toString(): string {
    return this.#markup
  }
}

/** undefined is nothing; a list is its members one after the other; text is escaped. */
export type HtmlValue = string | number | Html | undefined | readonly HtmlValue[]

/**
 * Builds markup from a template; every text put into it is escaped.
 *
 * WARNING: attribute values must be quoted, and no text may be put into `<script>`, `<style>`, an
 * event handler or the scheme of an address: escaping does not make those safe.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(strings, values)
}

function render(value: HtmlValue): string {
  if (value === undefined) return ''
  if (value instanceof Html) return value.toString()
  if (Array.isArray(value)) return value.map((member: HtmlValue) => render(member)).join('')
  return String(value).replace(SPECIAL, (character) => ESCAPES[character] ?? '')
}

const SPECIAL = /[&<>"'`]/g
// The backtick: old parsers take it for a quote of an attribute.
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}
