import {
  assertionResponseSchema,
  factorMethodSchema,
  type AssertionOptions,
  type FactorMethod,
  type FactorResponse,
  isWellFormedCode,
} from '../../domains/factors/index.ts'
import { signInErrors } from '../../domains/sign-in/index.ts'
import { AppError, days, minutes, Secret } from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import type { PageReply, PageRoute, ReplyCookie } from '../../platform/http/index.ts'
import type { Alert } from '../design/alert.ts'
import { type PageFrame, textsOf } from '../design/page-frame.ts'
import { addressOf, attempt, openPage, type OpenPage, show } from '../open-page.ts'
import { parseJsonField } from '../parse-json-field.ts'
import type { PageServices } from '../page-services.ts'
import { nextStep, withoutCaptcha } from './next-step.ts'
import { findPending, type PendingSignIn, writePending } from './pending-sign-in.ts'
import { renderVerifyPage } from './render-verify-page.ts'
import { interrupted } from './interrupted.ts'

const rateLimit = { name: 'verify-factor', limit: 60, window: minutes(1), by: 'source' } as const

/** The second factor of a sign-in. */
export function verifyPages(services: PageServices): readonly PageRoute[] {
  return [
    {
      method: 'GET',
      path: '/sign-in/verify',
      auth: { kind: 'anyone' },
      rateLimit: { ...rateLimit, name: 'verify-page', limit: 300 },
      handler: async (visit) => {
        const page = await openPage(services, visit)
        const pending = findPending(page, 'verify')
        if (pending === undefined) return interrupted(page)
        return show(page, render(page, pending, { method: chooseMethod(page, pending) }))
      },
    },
    {
      method: 'POST',
      path: '/sign-in/verify',
      auth: { kind: 'anyone' },
      rateLimit,
      handler: async (visit) => {
        const page = await openPage(services, visit)
        const pending = findPending(page, 'verify')
        return pending === undefined ? interrupted(page) : verify(page, pending)
      },
    },
  ]
}

/** What was asked for, or worked in this browser the last time, or is the strongest. */
function chooseMethod({ visit }: OpenPage, pending: PendingSignIn): FactorMethod {
  const offered = pending.methods.filter(isMethod)
  const wished = [visit.query['method'], visit.form['method'], visit.cookie(METHOD_COOKIE)]
  return offered.find((method) => method === wished.find(isOneOf(offered))) ?? offered[0] ?? 'totp'
}

function isOneOf(methods: readonly string[]) {
  return (method: string | undefined) => method !== undefined && methods.includes(method)
}

function isMethod(method: string): method is FactorMethod {
  return factorMethodSchema.safeParse(method).success
}

async function verify(page: OpenPage, pending: PendingSignIn): Promise<PageReply> {
  const { signIn } = page.services
  const { context, form } = page.visit
  const { challenge } = pending
  const method = chooseMethod(page, pending)
  return attempt(
    page,
    async () => {
      try {
        if (method === 'webauthn' && (form['response'] ?? '') === '') {
          const options = await signIn.challengeFactor(context, challenge)
          return show(page, render(page, pending, { method, options }))
        }
        if (method === 'sms' && form['send'] !== undefined) {
          const { sentTo } = await signIn.sendSmsCode(context, challenge)
          return show(page, render(page, pending, { method, sentTo }))
        }
        const response = readFactorResponse(form, method, sha256(challenge.reveal()))
        if (response === undefined) {
          const alert = malformed(page.frame, method)
          const shown = { method, alert, sentTo: sentToOf(page) }
          return show(page, render(page, pending, shown), { status: 422 })
        }
        const trustDevice = form['trust_device'] === 'yes'
        const outcome = await signIn.verifyFactor(context, { challenge, response, trustDevice })
        return await nextStep(page, withoutCaptcha(outcome), { cookies: [rememberMethod(method)] })
      } catch (error) {
        if (!isRefusal(error)) throw error
        return refused(page, pending, method)
      }
    },
    (alert) => render(page, pending, { method, alert, sentTo: sentToOf(page) }),
  )
}

/** The server counts; this only tells. */
function refused(page: OpenPage, before: PendingSignIn, method: FactorMethod): PageReply {
  const pending = { ...before, triesLeft: before.triesLeft - 1 }
  if (pending.triesLeft <= 0) return interrupted(page)
  const texts = textsOf(page.frame).signIn
  const alert: Alert =
    method === 'webauthn'
      ? { kind: 'error', title: texts.passkeyFailed }
      : { kind: 'error', title: texts.codeRefused, text: texts.codeRefusedHelp }
  const { triesLeft } = pending
  const cookies = [writePending(pending, page.visit.context.clock.now())]
  const shown = { method, alert, triesLeft, sentTo: sentToOf(page) }
  return show(page, render(page, pending, shown), { status: 422, cookies })
}

function render(
  page: OpenPage,
  pending: PendingSignIn,
  shown: {
    method: FactorMethod
    options?: AssertionOptions
    sentTo?: string | undefined
    alert?: Alert
    triesLeft?: number
  },
): string {
  const { form } = page.visit
  return renderVerifyPage(page.frame, {
    ...shown,
    trustDays: trustDaysOf(page),
    title: textsOf(page.frame).signIn.verifyTitle,
    action: `${page.prefix}/sign-in/verify`,
    // A ceremony of the browser comes between the tick and its use.
    hidden: {
      return_to: page.returnTo,
      ...(shown.options === undefined ? {} : { trust_device: form['trust_device'] }),
    },
    others: pending.methods
      .filter(isMethod)
      .filter((method) => method !== shown.method)
      .map((method) => ({ method, href: addressOf(page, '/sign-in/verify', { method }) })),
    startAgainHref: addressOf(page, '/sign-in'),
  })
}

/** What was shown before; it says nothing but where to look. */
export function sentToOf({ visit }: OpenPage): string | undefined {
  return visit.form['sent_to']?.slice(0, 30)
}

function trustDaysOf({ visit }: OpenPage): number | undefined {
  const { trustedDevice } = visit.context.tenant.policy
  const whole = Math.floor(trustedDevice.milliseconds / days(1).milliseconds)
  return whole > 0 ? whole : undefined
}

/** What a form says about a factor; undefined if it has not the form of such a proof. */
export function readFactorResponse(
  form: Readonly<Record<string, string>>,
  method: FactorMethod,
  boundTo: Buffer,
): FactorResponse | undefined {
  if (method === 'webauthn') {
    const parsed = assertionResponseSchema.safeParse(parseJsonField(form['response']))
    return parsed.success ? { method, assertion: parsed.data, boundTo } : undefined
  }
  // Apps show six digits in two groups, and people type what they see.
  const typed = (form['code'] ?? '').trim()
  const code = new Secret(method === 'backup_code' ? typed : typed.replaceAll(/\s/g, ''))
  if (!isWellFormedCode(method, code)) return undefined
  return method === 'sms' ? { method, code, boundTo } : { method, code }
}

export function malformed(frame: PageFrame, method: FactorMethod): Alert {
  const texts = textsOf(frame).signIn
  switch (method) {
    case 'totp':
      return { kind: 'error', title: texts.codeMalformed, text: texts.totpMalformedHelp }
    case 'hotp':
    case 'sms':
      return { kind: 'error', title: texts.codeMalformed, text: texts.digitsMalformedHelp }
    case 'backup_code':
      return { kind: 'error', title: texts.codeMalformed, text: texts.backupMalformedHelp }
    case 'webauthn':
      return { kind: 'error', title: texts.passkeyFailed }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof AppError && error.code === signInErrors.invalid_challenge_response.code
}

/** A backup code is for once: the next time something else is asked for first. */
function rememberMethod(method: FactorMethod): ReplyCookie {
  return method === 'backup_code'
    ? { name: METHOD_COOKIE, value: undefined }
    : { name: METHOD_COOKIE, value: method, maxAge: days(180) }
}

const METHOD_COOKIE = 'method'
