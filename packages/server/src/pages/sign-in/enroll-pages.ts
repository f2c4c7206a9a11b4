import {
  type FactorMethod,
  isWellFormedCode,
  registrationResponseSchema,
  webauthnErrors,
} from '../../domains/factors/index.ts'
import { signInErrors } from '../../domains/sign-in/index.ts'
import { AppError, minutes, parseId, Secret } from '../../kernel/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderForm } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { addressOf, attempt, goTo, openPage, type OpenPage, show } from '../open-page.ts'
import { parseJsonField } from '../parse-json-field.ts'
import type { PageServices } from '../page-services.ts'
import { nextStep, withoutCaptcha } from './next-step.ts'
import { findPending, type PendingSignIn } from './pending-sign-in.ts'
import { renderPasskeyCeremony } from './render-passkey-ceremony.ts'
import { renderOtpSetupPage } from './render-otp-setup-page.ts'
import { interrupted } from './interrupted.ts'
import { malformed } from './verify-pages.ts'

const rateLimit = {
  name: 'enroll-at-sign-in',
  limit: 60,
  window: minutes(1),
  by: 'source',
} as const

/** A second factor that a sign-in demands, and that its user does not have yet. */
export function enrollPages(services: PageServices): readonly PageRoute[] {
  const step = (method: 'GET' | 'POST', path: `/${string}`, handle: Handle): PageRoute => ({
    method,
    path,
    auth: { kind: 'anyone' },
    rateLimit,
    handler: async (visit) => {
      const page = await openPage(services, visit)
      const pending = findPending(page, 'enroll')
      return pending === undefined ? interrupted(page) : handle(page, pending)
    },
  })
  return [
    step('GET', '/sign-in/enroll', explain),
    step('POST', '/sign-in/enroll', whereOffered('totp', begin)),
    step('POST', '/sign-in/enroll/confirm', whereOffered('totp', confirm)),
    step('POST', '/sign-in/enroll/passkey', whereOffered('webauthn', beginPasskey)),
    step('POST', '/sign-in/enroll/passkey/register', whereOffered('webauthn', completePasskey)),
  ]
}

type Handle = (page: OpenPage, pending: PendingSignIn) => Promise<PageReply> | PageReply

/** What would not be enough in the end is not begun: the choice says what is. */
function whereOffered(method: FactorMethod, handle: Handle): Handle {
  return (page, pending) =>
    pending.methods.includes(method)
      ? handle(page, pending)
      : goTo(addressOf(page, '/sign-in/enroll'))
}

function explain(page: OpenPage, pending: PendingSignIn): PageReply {
  return show(page, renderChoice(page, pending))
}

function renderChoice(page: OpenPage, { methods }: PendingSignIn, alert?: Alert): string {
  const { factors } = textsOf(page.frame)
  const way = (path: string, label: string, kind: 'primary' | 'secondary') =>
    renderForm(page.frame, {
      action: `${page.prefix}/sign-in/enroll${path}`,
      hidden: { return_to: page.returnTo },
      body: renderButton({ label, kind }),
    })
  const takesApp = methods.includes('totp')
  const app = takesApp ? way('', factors.enrollButton, 'primary') : undefined
  const passkey = methods.includes('webauthn')
    ? way('/passkey', factors.passkeyButton, takesApp ? 'secondary' : 'primary')
    : undefined
  return renderCardPage(page.frame, {
    title: factors.enrollTitle,
    scripts: ['pages.js'],
    body: html`<h1>${factors.enrollTitle}</h1>
<p class="lead">${takesApp ? factors.enrollLead : factors.enrollPasskeyLead}</p>
${renderAlert(alert)}
${app}${passkey}`,
  })
}

function beginPasskey(page: OpenPage, pending: PendingSignIn): Promise<PageReply> {
  return attempt(
    page,
    () =>
      refusing(page, async () => {
        const { signIn } = page.services
        const options = await signIn.beginPasskeyEnrollment(page.visit.context, pending.challenge)
        const body = renderPasskeyCeremony(page.frame, {
          options,
          action: `${page.prefix}/sign-in/enroll/passkey/register`,
          hidden: { return_to: page.returnTo },
          cancelHref: addressOf(page, '/sign-in/enroll'),
        })
        return show(page, body)
      }),
    (alert) => renderChoice(page, pending, alert),
  )
}

function completePasskey(page: OpenPage, pending: PendingSignIn): Promise<PageReply> {
  const { form, context } = page.visit
  return attempt(
    page,
    () =>
      refusing(page, async () => {
        const parsed = registrationResponseSchema.safeParse(parseJsonField(form['response']))
        if (!parsed.success) throw webauthnErrors.webauthn_registration_refused()
        const { challenge } = pending
        const answer = { challenge, response: parsed.data, name: undefined }
        const outcome = await page.services.signIn.completePasskeyEnrollment(context, answer)
        return nextStep(page, withoutCaptcha(outcome))
      }),
    (alert) => renderChoice(page, pending, alert),
  )
}

function begin(page: OpenPage, { challenge }: PendingSignIn): Promise<PageReply> {
  return refusing(page, async () => {
    const { signIn } = page.services
    const { id, uri, secret } = await signIn.enrollTotp(page.visit.context, challenge)
    const shown = { uri: uri.reveal(), text: secret.reveal() }
    return show(page, render(page, { factorId: id, secret: shown }))
  })
}

async function confirm(page: OpenPage, { challenge }: PendingSignIn): Promise<PageReply> {
  const { form, context } = page.visit
  const id = parseId('fct', form['factor_id'] ?? '')
  if (id === undefined) return interrupted(page)
  const code = new Secret((form['code'] ?? '').replaceAll(/\s/g, ''))
  const again = (alert: Alert) => render(page, { factorId: id, secret: undefined, alert })
  if (!isWellFormedCode('totp', code)) {
    return show(page, again(malformed(page.frame, 'totp')), { status: 422 })
  }
  return attempt(
    page,
    async () => {
      try {
        const outcome = await page.services.signIn.confirmTotp(context, { challenge, id, code })
        return await nextStep(page, withoutCaptcha(outcome))
      } catch (error) {
        if (!isRefusal(error)) throw error
        const { codeRefused: title, codeRefusedHelp: text } = textsOf(page.frame).signIn
        return show(page, again({ kind: 'error', title, text }), { status: 422 })
      }
    },
    again,
  )
}

/** A challenge that is used up or over leads back to the beginning. */
async function refusing(page: OpenPage, work: () => Promise<PageReply>): Promise<PageReply> {
  try {
    return await work()
  } catch (error) {
    if (!isRefusal(error)) throw error
    return interrupted(page)
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof AppError && error.code === signInErrors.invalid_challenge_response.code
}

function render(
  page: OpenPage,
  shown: {
    factorId: string
    secret: { uri: string; text: string } | undefined
    alert?: Alert
  },
): string {
  return renderOtpSetupPage(page.frame, {
    ...shown,
    kind: 'totp',
    confirmAction: `${page.prefix}/sign-in/enroll/confirm`,
    restartAction: `${page.prefix}/sign-in/enroll`,
    returnTo: page.returnTo,
  })
}
