import type { AssertionOptions, FactorMethod } from '../../domains/factors/index.ts'
import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderCodeField, renderForm } from '../design/form.ts'
import { type PageFrame, textsOf } from '../design/page-frame.ts'
import { renderPasswordField } from '../design/password-field.ts'
import { html, type Html } from '../html.ts'
import { fill } from '../language/texts.ts'

/** How somebody proves once more who they are: a factor, or the password where there is none. */
export type ProofMethod = FactorMethod | 'password'

export interface VerifyPageProps {
  readonly title: string
  /** In front of what the method says. */
  readonly lead?: string
  readonly action: string
  readonly hidden: Readonly<Record<string, string | undefined>>
  readonly method: ProofMethod
  /** Where the same page asks for another method. */
  readonly others: readonly { readonly method: ProofMethod; readonly href: string }[]
  /** undefined: not known, or none was used up yet. */
  readonly triesLeft?: number | undefined
  /** For `webauthn`, once it was asked for. */
  readonly options?: AssertionOptions | undefined
  readonly alert?: Alert | undefined
  readonly startAgainHref?: string
}

/** One more proof: at sign-in, and for a step-up. */
export function renderVerifyPage(frame: PageFrame, props: VerifyPageProps): string {
  const texts = textsOf(frame).signIn
  const { title, lead, startAgainHref } = props
  return renderCardPage(frame, {
    title,
    scripts: ['passkey.js', 'pages.js'],
    body: html`<h1>${title}</h1>
${lead === undefined ? undefined : html`<p class="lead">${lead}</p>`}
<p class="lead">${leadOf(texts, props)}</p>
${renderAlert(props.alert)}
${renderProof(frame, props)}
${renderOthers(texts, props)}`,
    below:
      startAgainHref === undefined
        ? undefined
        : html`<a href="${startAgainHref}">${texts.startAgain}</a>`,
  })
}

type SignInTexts = ReturnType<typeof textsOf>['signIn']

function leadOf(texts: SignInTexts, { method, options }: VerifyPageProps): string {
  switch (method) {
    case 'totp':
      return texts.totpLead
    case 'backup_code':
      return texts.backupLead
    case 'webauthn':
      return options === undefined ? texts.webauthnLead : texts.webauthnWaiting
    case 'password':
      return texts.stepUpPassword
  }
}

function renderProof(frame: PageFrame, props: VerifyPageProps): Html {
  const { method, action, alert } = props
  const hidden = { ...props.hidden, method }
  const isInvalid = alert?.kind === 'error'
  const field = { isInvalid, hasFocus: !isInvalid }
  const texts = textsOf(frame)
  const confirm = renderButton({ label: texts.signIn.confirm })
  const tries = renderTriesLeft(texts.signIn, props)
  switch (method) {
    case 'totp': {
      const code = { ...field, name: 'code', label: texts.signIn.totpLabel, isNumeric: true }
      const body = html`${renderCodeField(frame, { ...code, maxLength: 12 })}${tries}${confirm}`
      return renderForm(frame, { action, hidden, body })
    }
    case 'backup_code': {
      const { backupLabel: label, backupHint: hint } = texts.signIn
      const code = { ...field, name: 'code', label, hint, isNumeric: false, maxLength: 40 }
      const body = html`${renderCodeField(frame, code)}${tries}${confirm}`
      return renderForm(frame, { action, hidden, body })
    }
    case 'password': {
      const password = { ...field, name: 'password', label: texts.frame.password }
      const body = html`${renderPasswordField(frame, password)}${confirm}`
      return renderForm(frame, { action, hidden, body })
    }
    case 'webauthn':
      return renderAssertion(frame, props)
  }
}

function renderAssertion(frame: PageFrame, { action, hidden, options }: VerifyPageProps): Html {
  const texts = textsOf(frame).signIn
  const button = renderButton({ label: texts.webauthnButton })
  if (options === undefined) {
    const body = html`<noscript><p class="no-script">${texts.webauthnNeedsScript}</p></noscript>${button}`
    return renderForm(frame, { action, hidden: { ...hidden, method: 'webauthn' }, body })
  }
  const fields = { csrf: frame.csrfToken, ...hidden, method: 'webauthn', response: '' }
  return html`<form class="form" id="passkey-assertion" method="post" action="${action}" data-options="${JSON.stringify(options)}">
${Object.entries(fields).map(([name, value]) =>
  value === undefined ? undefined : html`<input type="hidden" name="${name}" value="${value}">`,
)}
<noscript><p class="no-script">${texts.webauthnNeedsScript}</p></noscript>
<div class="alert alert-error" role="alert" tabindex="-1" data-failed hidden><p>${texts.passkeyFailed}</p></div>
${button}
</form>`
}

function renderTriesLeft(texts: SignInTexts, { triesLeft }: VerifyPageProps): Html | undefined {
  if (triesLeft === undefined) return undefined
  const text = triesLeft === 1 ? texts.oneTryLeft : fill(texts.triesLeft, { count: triesLeft })
  return html`<p class="hint">${text}</p>`
}

function renderOthers(texts: SignInTexts, { others }: VerifyPageProps): Html | undefined {
  if (others.length === 0) return undefined
  return html`<nav class="other-ways" aria-labelledby="other-ways"><h2 id="other-ways">${texts.otherWays}</h2><ul>${others.map(
    ({ method, href }) => html`<li><a href="${href}">${nameOf(texts, method)}</a></li>`,
  )}</ul></nav>`
}

function nameOf(texts: SignInTexts, method: ProofMethod): string {
  switch (method) {
    case 'totp':
      return texts.useTotp
    case 'webauthn':
      return texts.useWebauthn
    case 'backup_code':
      return texts.useBackup
    case 'password':
      return texts.stepUpPassword
  }
}
