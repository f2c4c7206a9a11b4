import { html, type Html } from '../html.ts'
import { fill, lookUp } from '../language/texts.ts'
import { attributesOf, type Field } from './form.ts'
import { type PageFrame, textsOf } from './page-frame.ts'

/** What a new password must be like; shown with it. */
export interface PasswordRules {
  readonly minimumCharacters: number
  /** Names as `GET /api/auth/password/policy` gives them. */
  readonly rules: readonly string[]
}

export interface PasswordField extends Omit<Field, 'type' | 'hint' | 'autocomplete'> {
  /** For a new password. */
  readonly rules?: PasswordRules
  /** Beside the label: the way out for who has forgotten it. */
  readonly aside?: Html
}

export function renderPasswordField(frame: PageFrame, field: PasswordField): Html {
  const { name, label, rules, aside } = field
  const texts = textsOf(frame).frame
  const autocomplete = rules === undefined ? 'current-password' : 'new-password'
  const hint = rules === undefined ? {} : { hint: '' }
  return html`<div class="field">
<div class="label-line"><label for="${name}">${label}</label>${aside}</div>
<div class="password-control">
<input id="${name}" name="${name}" type="password"${attributesOf({ ...field, autocomplete, ...hint })}${
    rules === undefined ? undefined : html` data-minimum="${rules.minimumCharacters}"`
  }>
<button class="reveal" type="button" data-reveal="${name}" data-shown-label="${texts.hidePassword}" aria-label="${texts.showPassword}" hidden><span class="when-hidden">${texts.show}</span><span class="when-shown">${texts.hide}</span></button>
</div>
${rules === undefined ? undefined : renderRules(frame, name, rules)}
</div>`
}

function renderRules(frame: PageFrame, name: string, rules: PasswordRules): Html {
  const texts = textsOf(frame).links
  return html`<meter class="meter" data-meter="${name}" min="0" max="${rules.minimumCharacters}" value="0" aria-label="${texts.meter}" hidden></meter>
<div class="hint" id="${name}-hint">
<p>${fill(texts.passwordHint, { minimum: rules.minimumCharacters })}</p>
<ul>${rules.rules.map((rule) => html`<li data-rule="${rule}">${lookUp(texts.rules, rule) ?? rule}</li>`)}</ul>
</div>`
}
