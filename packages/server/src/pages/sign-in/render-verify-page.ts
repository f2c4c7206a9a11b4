import type { AssertionOptions, FactorMethod } from '../../domains/factors/index.ts'
import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderCheckbox, renderCodeField, renderForm } from '../design/form.ts'
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
  /** For `sms`, once it was sent: part of the number. */
  readonly sentTo?: string | undefined
  /** For how many days this device may be trusted; undefined: not at all. */
  readonly trustDays?: number | undefined
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

function leadOf(texts: SignInTexts, { method, options, sentTo }: VerifyPageProps): string {
  switch (method) {
    case 'totp':
      return texts.totpLead
    case 'hotp':
      return texts.hotpLead
    case 'sms':
      return sentTo === undefined ? texts.smsLead : fill(texts.smsSentLead, { number: sentTo })
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
  const trust = renderTrust(texts.signIn, props)
  switch (method) {
    case 'totp':
    case 'hotp': {
      const label = method === 'totp' ? texts.signIn.totpLabel : texts.signIn.hotpLabel
      const code = { ...field, name: 'code', label, isNumeric: true, maxLength: 12 }
      const isSentAlone = trust === undefined
      const body = html`${renderCodeField(frame, { ...code, isSentAlone })}${tries}${trust}${confirm}`
      return renderForm(frame, { action, hidden, body })
    }
    case 'sms':
      return renderSms(frame, props)
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

/** First the button that sends the code, then the field for it; each sends the other's half too. */
function renderSms(frame: PageFrame, props: VerifyPageProps): Html {
  const { action, alert, sentTo } = props
  const texts = textsOf(frame).signIn
  const hidden = { ...props.hidden, method: 'sms' }
  const send = { ...hidden, send: 'yes' }
  if (sentTo === undefined) {
    return renderForm(frame, { action, hidden: send, body: renderButton({ label: texts.smsSend }) })
  }
  const isInvalid = alert?.kind === 'error'
  const trust = renderTrust(texts, props)
  const field = renderCodeField(frame, {
    name: 'code',
    label: texts.smsLabel,
    isNumeric: true,
    isInvalid,
    hasFocus: !isInvalid,
    isSentAlone: trust === undefined,
    maxLength: 12,
  })
  const confirm = renderButton({ label: texts.confirm })
  const body = html`${field}${renderTriesLeft(texts, props)}${trust}${confirm}`
  const again = renderButton({ label: texts.smsAgain, kind: 'secondary' })
  return html`${renderForm(frame, { action, hidden: { ...hidden, sent_to: sentTo }, body })}
${renderForm(frame, { action, hidden: send, body: again })}`
}

function renderTrust(texts: SignInTexts, { trustDays: days, method }: VerifyPageProps) {
  // A backup code vouches for nothing that comes later.
  if (days === undefined || method === 'backup_code' || method === 'password') return undefined
  const label = fill(texts.trustDevice, { days })
  return renderCheckbox({ name: 'trust_device', label, hint: texts.trustHint, isOptional: true })
}

function renderAssertion(frame: PageFrame, props: VerifyPageProps): Html {
  const { action, hidden, options } = props
  const texts = textsOf(frame).signIn
  const button = renderButton({ label: texts.webauthnButton })
  if (options === undefined) {
    const body = html`<noscript><p class="no-script">${texts.webauthnNeedsScript}</p></noscript>${renderTrust(texts, props)}${button}`
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
    case 'hotp':
      return texts.useHotp
    case 'sms':
      return texts.useSms
    case 'webauthn':
      return texts.useWebauthn
    case 'backup_code':
      return texts.useBackup
    case 'password':
      return texts.stepUpPassword
  }
}
