import type { FactorOverview, WebAuthnCredential } from '../../domains/factors/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import { renderLinkButton } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { html, type Html } from '../html.ts'
import { fill } from '../language/texts.ts'
import { type OpenPage, show, userContext } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { accountRoutes, doneAlert } from './account-page-route.ts'
import { nameOfFactor } from './name-of-factor.ts'
import { takesPhones } from './phone-pages.ts'
import {
  formatDate,
  renderAccountPage,
  renderEmpty,
  renderPanel,
  renderRows,
} from './render-account-page.ts'

/** How somebody signs in, and what they can do about it. */
export function securityPage(services: PageServices): PageRoute {
  return accountRoutes(services).read('/account/security', render)
}

async function render(page: OpenPage): Promise<PageReply> {
  const context = userContext(page)
  const { factors } = page.services
  const overview = await factors.list(context)
  const passkeys = await factors.webauthn.list(context)
  const { account } = textsOf(page.frame)
  const body = renderAccountPage(page, {
    section: 'security',
    lead: account.securityLead,
    alert: doneAlert(page),
    body: html`${renderPasskeys(page, passkeys)}
${renderApps(page, overview)}
${renderBackupCodes(page, overview, passkeys.length > 0)}
${renderPanel(account.passwordSection, account.passwordLead, buttons(link(page, '/password', account.changePassword)))}
${renderPanel(account.deleteSection, account.deleteLead, buttons(link(page, '/delete', account.deleteButton)))}`,
  })
  return show(page, body)
}

function renderPasskeys(page: OpenPage, passkeys: readonly WebAuthnCredential[]): Html {
  const { account } = textsOf(page.frame)
  const rows = passkeys.map((passkey) => ({
    title: passkey.name,
    badge:
      passkey.cloneSuspectedAt !== undefined
        ? { text: account.suspected, isBad: true }
        : passkey.isBackedUp
          ? { text: account.synced, isBad: false }
          : undefined,
    details: usage(page, passkey),
    actions: html`${link(page, `/passkeys/${passkey.id}/rename`, account.rename)}${link(page, `/passkeys/${passkey.id}/remove`, account.remove)}`,
  }))
  const list =
    rows.length === 0 ? renderEmpty(account.noPasskeys, account.noPasskeysLead) : renderRows(rows)
  const add = buttons(link(page, '/passkeys/new', account.addPasskey))
  return renderPanel(account.passkeys, account.passkeysLead, html`${list}${add}`)
}

function renderApps(page: OpenPage, { factors: apps }: FactorOverview): Html {
  const { account, factors } = textsOf(page.frame)
  const rows = apps.map((app) => ({
    title: nameOfFactor(page, app),
    details: app.kind === 'sms' ? `${usage(page, app)} · ${factors.smsHint}` : usage(page, app),
    actions: link(page, `/app/${app.id}/remove`, account.remove),
  }))
  const list =
    rows.length === 0 ? renderEmpty(account.noApps, account.noAppsLead) : renderRows(rows)
  // Where the tenant uses no second factors, none can be added.
  if (page.visit.context.tenant.policy.mfa === 'off') {
    return renderPanel(account.apps, account.appsLead, list)
  }
  const policy = page.visit.context.tenant.policy
  const add = buttons(html`${link(page, '/app/new', account.addApp)}
${link(page, '/token/new', account.addToken)}
${takesPhones(policy) ? link(page, '/phone/new', account.addPhone) : undefined}`)
  return renderPanel(account.apps, account.appsLead, html`${list}${add}`)
}

function renderBackupCodes(page: OpenPage, overview: FactorOverview, hasPasskey: boolean): Html {
  const { account } = textsOf(page.frame)
  const { backupCodesLeft: count, factors } = overview
  if (factors.length === 0 && !hasPasskey) {
    return renderPanel(account.backupCodes, account.backupNone, html``)
  }
  const renew = buttons(link(page, '/backup-codes', account.renewBackup))
  return renderPanel(account.backupCodes, fill(account.backupLeft, { count }), renew)
}

function usage(
  page: OpenPage,
  { createdAt, lastUsedAt }: { createdAt: Date; lastUsedAt: Date | undefined },
): string {
  const { account } = textsOf(page.frame)
  const added = fill(account.added, { date: formatDate(page, createdAt) })
  const used =
    lastUsedAt === undefined
      ? account.neverUsed
      : fill(account.lastUsed, { date: formatDate(page, lastUsedAt) })
  return `${added} · ${used}`
}

function buttons(content: Html): Html {
  return html`<div class="buttons">${content}</div>`
}

function link({ prefix }: OpenPage, path: string, label: string): Html {
  return renderLinkButton(`${prefix}/account${path}`, label)
}
