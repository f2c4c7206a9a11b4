import { factorErrors, isWellFormedCode, type OtpKind } from '../../domains/factors/index.ts'
import { parseId, Secret } from '../../kernel/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import type { Alert } from '../design/alert.ts'
import { textsOf } from '../design/page-frame.ts'
import { attempt, type OpenPage, show, userContext } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { renderOtpSetupPage } from '../sign-in/render-otp-setup-page.ts'
import { malformed } from '../sign-in/verify-pages.ts'
import { accountRoutes, checkFreshFactor, comeBack } from './account-page-route.ts'
import { readCurrentPassword, showCodes } from './factor-pages.ts'
import { renderConfirmPage } from './render-confirm-page.ts'

/** Enrolling what makes codes by itself: an app by the time, a token with each press. */
export function otpPages(services: PageServices): readonly PageRoute[] {
  return [...enrollmentOf(services, 'totp', '/app'), ...enrollmentOf(services, 'hotp', '/token')]
}

function enrollmentOf(
  services: PageServices,
  kind: OtpKind,
  path: '/app' | '/token',
): readonly PageRoute[] {
  const { read, change } = accountRoutes(services)
  const otp = { kind, path }
  return [
    read(`/account${path}/new`, async (page) => {
      await checkFreshFactor(page)
      return show(page, renderAsk(page, otp))
    }),
    change(`/account${path}/new`, `enroll-${kind}`, (page) => begin(page, otp)),
    change(`/account${path}/confirm`, `confirm-${kind}`, (page) => confirm(page, otp)),
  ]
}

interface Otp {
  readonly kind: OtpKind
  readonly path: '/app' | '/token'
}

function begin(page: OpenPage, otp: Otp): Promise<PageReply> {
  return attempt(
    page,
    async () => {
      const { factors } = page.services
      const context = userContext(page)
      const proof = { currentPassword: readCurrentPassword(page), response: undefined }
      const { id, uri, secret } = await (otp.kind === 'totp'
        ? factors.enrollTotp(context, proof)
        : factors.enrollHotp(context, proof))
      const shown = { uri: uri.reveal(), text: secret.reveal() }
      return show(page, renderSetup(page, otp, { factorId: id, secret: shown }))
    },
    (alert) => renderAsk(page, otp, alert),
  )
}

function confirm(page: OpenPage, otp: Otp): Promise<PageReply> {
  const { form } = page.visit
  const factorId = form['factor_id'] ?? ''
  const again = (alert: Alert) => renderSetup(page, otp, { factorId, secret: undefined, alert })
  return attempt(
    page,
    async () => {
      const id = parseId('fct', factorId)
      if (id === undefined) throw factorErrors.factor_not_found()
      const code = new Secret((form['code'] ?? '').replaceAll(/\s/g, ''))
      if (!isWellFormedCode(otp.kind, code)) {
        return show(page, again(malformed(page.frame, otp.kind)), { status: 422 })
      }
      const { factors } = page.services
      const context = userContext(page)
      const { backupCodes } = await (otp.kind === 'totp'
        ? factors.confirmTotp(context, { id, code })
        : factors.confirmHotp(context, { id, code }))
      return backupCodes === undefined
        ? comeBack(page, '/account/security', 'factorAdded')
        : showCodes(page, backupCodes, true)
    },
    again,
  )
}

function renderSetup(
  page: OpenPage,
  { kind, path }: Otp,
  shown: {
    factorId: string
    secret: { uri: string; text: string } | undefined
    alert?: Alert
  },
): string {
  return renderOtpSetupPage(page.frame, {
    ...shown,
    kind,
    confirmAction: `${page.prefix}/account${path}/confirm`,
    restartHref: `${page.prefix}/account${path}/new`,
    returnTo: undefined,
  })
}

function renderAsk(page: OpenPage, { kind, path }: Otp, alert?: Alert): string {
  const { account, frame } = textsOf(page.frame)
  return renderConfirmPage(page.frame, {
    title: kind === 'totp' ? account.addApp : account.addToken,
    lead: kind === 'totp' ? account.appLead : account.tokenLead,
    alert,
    action: `${page.prefix}/account${path}/new`,
    button: frame.continue,
    isDangerous: false,
    cancelHref: `${page.prefix}/account/security`,
  })
}
