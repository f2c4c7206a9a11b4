import { renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderCodeField, renderForm } from '../design/form.ts'
import { renderNoticePage } from '../design/notice-page.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { formatTime } from '../language/format-time.ts'
import { fill } from '../language/texts.ts'
import { formOf, frameOf, nameOf } from './oauth-frame.ts'
import type {
  DeviceCodePageProps,
  DeviceConfirmPageProps,
  DeviceDonePageProps,
} from '../../domains/oauth/index.ts'

export function renderDeviceCodePage(props: DeviceCodePageProps): string {
  const frame = frameOf(props)
  const all = textsOf(frame)
  const texts = all.oauth
  const { form, userCode, error } = props
  const text = error === undefined ? undefined : texts.deviceErrors[error]
  const alert =
    text === undefined ? undefined : ({ kind: 'error', title: all.frame.problem, text } as const)
  const field = renderCodeField(frame, {
    name: 'user_code',
    label: texts.deviceLabel,
    isNumeric: false,
    value: userCode,
    isInvalid: alert !== undefined,
    hasFocus: alert === undefined,
    maxLength: 32,
  })
  const button = renderButton({ label: all.frame.continue })
  return renderCardPage(frame, {
    title: texts.deviceTitle,
    scripts: ['pages.js'],
    body: html`<h1>${texts.deviceTitle}</h1>
<p class="lead">${texts.deviceLead}</p>
${renderAlert(alert)}
${renderForm(frame, formOf(form, html`${field}${button}`))}`,
  })
}

/**
 * SECURITY: RFC 8628 §5.4. Attack: somebody sends their own code to a victim. So the page says what
 * would be connected and where it is, and asks whether it is in front of the user.
 */
export function renderDeviceConfirmPage(props: DeviceConfirmPageProps): string {
  const frame = frameOf(props)
  const texts = textsOf(frame).oauth
  const { client, form, userCode, device } = props
  const buttons = html`<div class="buttons">${renderButton({ label: texts.deviceConfirm })}
${renderButton({ label: texts.deviceAbort, kind: 'secondary', name: 'abort', value: 'yes' })}</div>`
  return renderCardPage(frame, {
    title: texts.deviceConfirmTitle,
    body: html`<h1>${texts.deviceConfirmTitle}</h1>
<p class="lead">${texts.deviceConfirmLead}</p>
<dl class="facts">
<div><dt>${texts.deviceCode}</dt><dd class="user-code">${userCode}</dd></div>
<div><dt>${texts.deviceApplication}</dt><dd>${nameOf(client)}</dd></div>
<div><dt>${texts.deviceKind}</dt><dd>${device.userAgent ?? texts.deviceUnknown}</dd></div>
<div><dt>${texts.deviceTime}</dt><dd>${device.askedAt === undefined ? texts.deviceUnknown : formatTime(frame.language.tag, device.askedAt)}</dd></div>
${device.place === undefined ? undefined : html`<div><dt>${texts.devicePlace}</dt><dd>${device.place}</dd></div>`}
<div><dt>${texts.deviceAddress}</dt><dd>${device.ip ?? texts.deviceUnknown}</dd></div>
</dl>
${renderForm(frame, formOf(form, buttons))}`,
  })
}

export function renderDeviceDonePage(props: DeviceDonePageProps): string {
  const frame = frameOf(props)
  const { deviceDoneTitle: title, deviceDoneLead } = textsOf(frame).oauth
  const lead = fill(deviceDoneLead, { client: nameOf(props.client) })
  return renderNoticePage(frame, { title, lead, isDone: true })
}
