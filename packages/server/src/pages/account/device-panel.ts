import { type Device, deviceErrors } from '../../domains/devices/index.ts'
import { parseId } from '../../kernel/index.ts'
import type { PageReply } from '../../platform/http/index.ts'
import { renderButton, renderForm } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import type { Html } from '../html.ts'
import { nameDevice } from '../language/name-device.ts'
import { fill } from '../language/texts.ts'
import { type OpenPage, userContext } from '../open-page.ts'
import { comeBack } from './account-page-route.ts'
import { formatTime, renderEmpty, renderPanel, renderRows } from './render-account-page.ts'

/** Browsers that somebody signed in with, and what they are trusted for. */
export async function renderDevices(page: OpenPage): Promise<Html> {
  const { account } = textsOf(page.frame)
  const context = userContext(page)
  const devices = await page.services.devices.list(context, { after: undefined, limit: MOST_SHOWN })
  const rows = devices.map((device) => ({
    title: nameDevice(textsOf(page.frame), device.label),
    badge: badgeOf(page, device),
    details: detailsOf(page, device),
    actions: renderForget(page, device),
  }))
  const list = rows.length === 0 ? renderEmpty(account.noDevices) : renderRows(rows)
  return renderPanel(account.devices, account.devicesLead, list)
}

/** @throws device_not_found */
export async function forgetDevice(page: OpenPage): Promise<PageReply> {
  const id = parseId('dev', page.visit.form['device_id'] ?? '')
  if (id === undefined) throw deviceErrors.device_not_found()
  await page.services.devices.remove(userContext(page), id)
  return comeBack(page, '/account/sessions', 'deviceForgotten')
}

function badgeOf(page: OpenPage, { hash }: Device) {
  const { device } = page.visit.context.source
  return device?.hash.equals(hash) === true
    ? { text: textsOf(page.frame).account.thisDevice, isBad: false }
    : undefined
}

function detailsOf(page: OpenPage, device: Device): string {
  const { account } = textsOf(page.frame)
  const { place, sourceIp, lastSeenAt, trustedUntil } = device
  const seen = fill(account.lastUsed, { date: formatTime(page, lastSeenAt) })
  const where = place === undefined ? sourceIp : `${sourceIp} (${place})`
  if (trustedUntil === undefined) return `${seen} · ${where}`
  const date = formatTime(page, trustedUntil)
  return `${seen} · ${where} · ${fill(account.trustedUntil, { date })}`
}

function renderForget({ frame, prefix }: OpenPage, { id }: Device): Html {
  const { account } = textsOf(frame)
  return renderForm(frame, {
    action: `${prefix}/account/sessions/forget-device`,
    hidden: { device_id: id },
    body: renderButton({ label: account.forgetDevice, kind: 'secondary' }),
  })
}

const MOST_SHOWN = 50
