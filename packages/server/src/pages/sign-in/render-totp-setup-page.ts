import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderCodeField, renderForm } from '../design/form.ts'
import { type PageFrame, textsOf } from '../design/page-frame.ts'
import { renderQrCode } from '../design/qr-code.ts'
import { renderSteps } from '../design/steps.ts'
import { html, type Html } from '../html.ts'

export interface TotpSetupPageProps {
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

/** An authenticator app: the QR code, the same as text, and the proof that it arrived. */
export function renderTotpSetupPage(frame: PageFrame, props: TotpSetupPageProps): string {
  const { secret, alert } = props
  const { factors } = textsOf(frame)
  const title = secret === undefined ? factors.setupAgainTitle : factors.setupTitle
  return renderCardPage(frame, {
    title,
    scripts: ['pages.js'],
    body: html`${renderSteps(frame, 1, [factors.stepScan, factors.stepSave])}
<h1>${title}</h1>
<p class="lead">${secret === undefined ? factors.setupAgainLead : factors.setupScan}</p>
${renderAlert(alert)}
${secret === undefined ? undefined : renderSecret(frame, secret)}
${renderConfirmation(frame, props)}
${secret === undefined ? renderRestart(frame, props) : undefined}`,
  })
}

function renderSecret(frame: PageFrame, { uri, text }: { uri: string; text: string }): Html {
  const { factors } = textsOf(frame)
  // Groups of four are easier to type; apps ignore the spaces.
  const grouped = text.match(/.{1,4}/g)?.join(' ') ?? text
  return html`${renderQrCode(uri, factors.setupQr)}
<details><summary>${factors.setupManual}</summary>
<p class="lead">${factors.setupManualLead}</p>
<code class="secret">${grouped}</code></details>`
}

function renderConfirmation(frame: PageFrame, props: TotpSetupPageProps): Html {
  const { factorId, confirmAction, returnTo, alert, secret } = props
  const { factors } = textsOf(frame)
  return renderForm(frame, {
    action: confirmAction,
    hidden: { factor_id: factorId, return_to: returnTo },
    body: html`${renderCodeField(frame, {
      name: 'code',
      label: factors.setupCode,
      isNumeric: true,
      isInvalid: alert !== undefined,
      hasFocus: secret === undefined && alert === undefined,
      maxLength: 12,
    })}
${renderButton({ label: factors.setupConfirm })}`,
  })
}

function renderRestart(frame: PageFrame, props: TotpSetupPageProps): Html | undefined {
  const { restartAction, restartHref, returnTo } = props
  const label = textsOf(frame).factors.setupRestart
  if (restartAction !== undefined) {
    const body = renderButton({ label, kind: 'secondary' })
    return renderForm(frame, { action: restartAction, hidden: { return_to: returnTo }, body })
  }
  if (restartHref === undefined) return undefined
  return html`<p class="actions"><a class="button secondary" href="${restartHref}">${label}</a></p>`
}
