import type { OtpKind } from '../../domains/factors/index.ts'
import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderCodeField, renderForm } from '../design/form.ts'
import { type PageFrame, textsOf } from '../design/page-frame.ts'
import { renderQrCode } from '../design/qr-code.ts'
import { renderSteps } from '../design/steps.ts'
import { html, type Html } from '../html.ts'

export interface OtpSetupPageProps {
  readonly kind: OtpKind
  /** undefined: it was shown before, and is not shown twice. */
  readonly secret: { readonly uri: string; readonly text: string } | undefined
  readonly factorId: string
  readonly confirmAction: string
  /** Begins again. undefined: by the link in `restartHref`. */
  readonly restartAction?: string
  readonly restartHref?: string
  readonly returnTo: string | undefined
  readonly alert?: Alert | undefined
}

/** An authenticator app or a token: the QR code, the same as text, and the proof that it arrived. */
export function renderOtpSetupPage(frame: PageFrame, props: OtpSetupPageProps): string {
  const { kind, secret, alert } = props
  const { factors, otpSetup } = textsOf(frame)
  const { title, lead, againTitle, againLead } = otpSetup[kind]
  return renderCardPage(frame, {
    title: secret === undefined ? againTitle : title,
    scripts: ['pages.js'],
    body: html`${renderSteps(frame, 1, [factors.stepScan, factors.stepSave])}
<h1>${secret === undefined ? againTitle : title}</h1>
<p class="lead">${secret === undefined ? againLead : lead}</p>
${renderAlert(alert)}
${secret === undefined ? undefined : renderSecret(frame, kind, secret)}
${renderConfirmation(frame, props)}
${secret === undefined ? renderRestart(frame, props) : undefined}`,
  })
}

function renderSecret(
  frame: PageFrame,
  kind: OtpKind,
  { uri, text }: { uri: string; text: string },
): Html {
  const { factors, otpSetup } = textsOf(frame)
  const { qrCode, manualLead } = otpSetup[kind]
  // Groups of four are easier to type; apps ignore the spaces.
  const grouped = text.match(/.{1,4}/g)?.join(' ') ?? text
  return html`${renderQrCode(uri, qrCode)}
<details><summary>${factors.setupManual}</summary>
<p class="lead">${manualLead}</p>
<code class="secret">${grouped}</code></details>`
}

function renderConfirmation(frame: PageFrame, props: OtpSetupPageProps): Html {
  const { kind, factorId, confirmAction, returnTo, alert, secret } = props
  const { factors, otpSetup } = textsOf(frame)
  return renderForm(frame, {
    action: confirmAction,
    hidden: { factor_id: factorId, return_to: returnTo },
    body: html`${renderCodeField(frame, {
      name: 'code',
      label: otpSetup[kind].code,
      isNumeric: true,
      isInvalid: alert !== undefined,
      hasFocus: secret === undefined && alert === undefined,
      maxLength: 12,
    })}
${renderButton({ label: factors.setupConfirm })}`,
  })
}

function renderRestart(frame: PageFrame, props: OtpSetupPageProps): Html | undefined {
  const { restartAction, restartHref, returnTo } = props
  const label = textsOf(frame).factors.setupRestart
  if (restartAction !== undefined) {
    const body = renderButton({ label, kind: 'secondary' })
    return renderForm(frame, { action: restartAction, hidden: { return_to: returnTo }, body })
  }
  if (restartHref === undefined) return undefined
  return html`<p class="actions"><a class="button secondary" href="${restartHref}">${label}</a></p>`
}
