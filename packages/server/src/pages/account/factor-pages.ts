import { identityErrors } from '../../domains/identity/index.ts'
import { ACR, parseId, Secret } from '../../kernel/index.ts'
import { FRESH_FACTOR, factorErrors } from '../../domains/factors/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import type { Alert } from '../design/alert.ts'
import { textsOf } from '../design/page-frame.ts'
import { fill } from '../language/texts.ts'
import { attempt, type OpenPage, show, userContext } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { renderBackupCodesPage } from '../sign-in/render-backup-codes-page.ts'
import { accountRoutes, checkFreshFactor, comeBack } from './account-page-route.ts'
import { nameOfFactor } from './name-of-factor.ts'
import { renderConfirmPage } from './render-confirm-page.ts'

/** Removing a second factor, and the backup codes that stand in for one. */
export function factorPages(services: PageServices): readonly PageRoute[] {
  const { read, change } = accountRoutes(services)
  const renew = { auth: { kind: 'user', acr: ACR.mfa, maxAge: FRESH_FACTOR } } as const
  return [
    read('/account/app/{id}/remove', askToRemove),
    change('/account/app/{id}/remove', 'remove-factor', removeFactor),
    { ...read('/account/backup-codes', (page) => show(page, renderRenew(page))), ...renew },
    { ...change('/account/backup-codes', 'renew-backup-codes', renewCodes), ...renew },
    change('/account/codes-saved', 'codes-saved', (page) =>
      comeBack(page, '/account/security', 'factorAdded'),
    ),
  ]
}

/** After a first factor, and after new codes. */
export function showCodes(
  page: OpenPage,
  codes: readonly Secret<string>[],
  isLastStep: boolean,
): PageReply {
  const body = renderBackupCodesPage(page.frame, {
    codes: codes.map((code) => code.reveal()),
    action: `${page.prefix}/account/codes-saved`,
    returnTo: `${page.prefix}/account/security`,
    isLastStep,
  })
  return show(page, body)
}

async function askToRemove(page: OpenPage): Promise<PageReply> {
  await checkFreshFactor(page)
  return show(page, await renderRemove(page))
}

function removeFactor(page: OpenPage): Promise<PageReply> {
  return attempt(
    page,
    async () => {
      const id = parseId('fct', page.visit.query['id'] ?? '')
      if (id === undefined) throw factorErrors.factor_not_found()
      const proof = { currentPassword: readCurrentPassword(page), response: undefined }
      await page.services.factors.remove(userContext(page), id, proof)
      return comeBack(page, '/account/security', 'factorRemoved')
    },
    (alert) => renderRemove(page, alert),
  )
}

function renewCodes(page: OpenPage): Promise<PageReply> {
  return attempt(
    page,
    async () => {
      const { factors } = page.services
      const password = readCurrentPassword(page)
      const codes = await factors.renewBackupCodes(userContext(page), password)
      return showCodes(page, codes, false)
    },
    (alert) => renderRenew(page, alert),
  )
}

/** @throws current_password_wrong for what no password can be */
export function readCurrentPassword({ visit }: OpenPage): Secret<string> {
  const { current_password: password = '' } = visit.form
  if (password === '' || password.length > 1024) throw identityErrors.current_password_wrong()
  return new Secret(password)
}

function renderRenew(page: OpenPage, alert?: Alert): string {
  const { renewBackup: title, renewBackupLead: lead } = textsOf(page.frame).account
  return renderConfirm(page, { title, lead, path: '/backup-codes' }, alert)
}

function renderConfirm(
  page: OpenPage,
  { title, lead, path }: { title: string; lead: string; path: string },
  alert: Alert | undefined,
): string {
  return renderConfirmPage(page.frame, {
    title,
    lead,
    alert,
    action: `${page.prefix}/account${path}`,
    button: textsOf(page.frame).frame.continue,
    isDangerous: false,
    cancelHref: `${page.prefix}/account/security`,
  })
}

async function renderRemove(page: OpenPage, alert?: Alert): Promise<string> {
  const { account, factors } = textsOf(page.frame)
  const owned = await page.services.factors.list(userContext(page))
  const found = owned.factors.find(({ id }) => id === page.visit.query['id'])
  const name = found === undefined ? factors.totpName : nameOfFactor(page, found)
  return renderConfirmPage(page.frame, {
    title: fill(account.removeTitle, { name }),
    lead: account.removeLead,
    action: `${page.prefix}/account/app/${page.visit.query['id'] ?? ''}/remove`,
    button: account.remove,
    isDangerous: true,
    cancelHref: `${page.prefix}/account/security`,
    alert,
  })
}
