import { factorErrors, isWellFormedCode, smsErrors } from '../../domains/factors/index.ts'
import { parseId, Secret, type TenantPolicy } from '../../kernel/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import { parsePhoneNumber } from '../../platform/sms/index.ts'
import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderCodeField, renderField, renderForm } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { fill } from '../language/texts.ts'
import { attempt, type OpenPage, show, userContext } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { malformed, sentToOf } from '../sign-in/verify-pages.ts'
import { accountRoutes, checkFreshFactor, comeBack } from './account-page-route.ts'
import { readCurrentPassword, showCodes } from './factor-pages.ts'
import { renderConfirmPage } from './render-confirm-page.ts'

/** Enrolling a phone number, where the tenant sends SMS at all. */
export function phonePages(services: PageServices): readonly PageRoute[] {
  const { read, change } = accountRoutes(services)
  return [
    read('/account/phone/new', async (page) => {
      if (!takesPhones(page.visit.context.tenant.policy)) throw smsErrors.sms_disabled()
      await checkFreshFactor(page)
      return show(page, renderAsk(page))
    }),
    change('/account/phone/new', 'enroll-sms', begin),
    change('/account/phone/confirm', 'confirm-sms', confirm),
  ]
}

export function takesPhones({ mfa, smsCountries }: TenantPolicy): boolean {
  return mfa !== 'off' && smsCountries.length > 0
}

function begin(page: OpenPage): Promise<PageReply> {
  return attempt(
    page,
    async () => {
      const number = readNumber(page)
      if (number === undefined) {
        const { phoneMalformed: title, phoneHint: text } = textsOf(page.frame).account
        return show(page, renderAsk(page, { kind: 'error', title, text }), { status: 422 })
      }
      const proof = { currentPassword: readCurrentPassword(page), response: undefined }
      const enrollment = await page.services.factors.enrollSms(userContext(page), number, proof)
      const { id: factorId, sentTo } = enrollment
      return show(page, renderCode(page, { factorId, sentTo }))
    },
    (alert) => renderAsk(page, alert),
  )
}

function confirm(page: OpenPage): Promise<PageReply> {
  const { form } = page.visit
  const factorId = form['factor_id'] ?? ''
  const again = (alert: Alert) =>
    renderCode(page, { factorId, sentTo: sentToOf(page) ?? '', alert })
  return attempt(
    page,
    async () => {
      const id = parseId('fct', factorId)
      if (id === undefined) throw factorErrors.factor_not_found()
      const code = new Secret((form['code'] ?? '').replaceAll(/\s/g, ''))
      if (!isWellFormedCode('sms', code)) {
        return show(page, again(malformed(page.frame, 'sms')), { status: 422 })
      }
      const { factors } = page.services
      const { backupCodes } = await factors.confirmSms(userContext(page), { id, code })
      return backupCodes === undefined
        ? comeBack(page, '/account/security', 'factorAdded')
        : showCodes(page, backupCodes, true)
    },
    again,
  )
}

/** People write numbers in groups, and the plus as two zeros. */
function readNumber({ visit }: OpenPage) {
  const digits = (visit.form['phone_number'] ?? '').replaceAll(/[\s()./-]/g, '')
  return parsePhoneNumber(digits.replace(/^00/, '+'))
}

function renderAsk(page: OpenPage, alert?: Alert): string {
  const { frame, prefix, visit } = page
  const { account, factors } = textsOf(frame)
  return renderConfirmPage(frame, {
    title: account.addPhone,
    // NIST 800-63B-4 §3.1.3.3: users of a restricted authenticator are told so.
    lead: `${account.phoneLead} ${factors.smsHint}`,
    alert,
    action: `${prefix}/account/phone/new`,
    button: account.phoneSend,
    isDangerous: false,
    cancelHref: `${prefix}/account/security`,
    fields: renderField(frame, {
      name: 'phone_number',
      label: account.phoneNumber,
      type: 'tel',
      autocomplete: 'tel',
      value: visit.form['phone_number'],
      hint: account.phoneHint,
      hasFocus: alert === undefined,
      maxLength: 30,
    }),
  })
}

function renderCode(
  page: OpenPage,
  { factorId, sentTo, alert }: { factorId: string; sentTo: string; alert?: Alert },
): string {
  const { frame, prefix } = page
  const { account, signIn } = textsOf(frame)
  return renderCardPage(frame, {
    title: account.phoneConfirmTitle,
    scripts: ['pages.js'],
    below: html`<a href="${prefix}/account/phone/new">${account.phoneOther}</a>`,
    body: html`<h1>${account.phoneConfirmTitle}</h1>
<p class="lead">${fill(signIn.smsSentLead, { number: sentTo })}</p>
${renderAlert(alert)}
${renderForm(frame, {
  action: `${prefix}/account/phone/confirm`,
  hidden: { factor_id: factorId, sent_to: sentTo },
  body: html`${renderCodeField(frame, {
    name: 'code',
    label: signIn.smsLabel,
    isNumeric: true,
    isInvalid: alert !== undefined,
    hasFocus: alert === undefined,
    maxLength: 12,
  })}
${renderButton({ label: signIn.confirm })}`,
})}`,
  })
}
