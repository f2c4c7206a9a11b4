import {
  assertionResponseSchema,
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
import { nextStep } from './next-step.ts'
import { type PendingSignIn, PENDING_COOKIE, readPending, writePending } from './pending-sign-in.ts'
import { renderVerifyPage } from './render-verify-page.ts'
import { interrupted } from './sign-in-pages.ts'

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
        const pending = findPending(page)
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
        const pending = findPending(page)
        return pending === undefined ? interrupted(page) : verify(page, pending)
      },
    },
  ]
}

function findPending({ visit }: OpenPage): PendingSignIn | undefined {
  const pending = readPending(visit.cookie(PENDING_COOKIE), visit.context.clock.now())
  return pending?.step === 'verify' ? pending : undefined
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
  return method === 'totp' || method === 'webauthn' || method === 'backup_code'
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
        const response = readFactorResponse(form, method, sha256(challenge.reveal()))
        if (response === undefined) {
          const alert = malformed(page.frame, method)
          return show(page, render(page, pending, { method, alert }), { status: 422 })
        }
        const outcome = await signIn.verifyFactor(context, { challenge, response })
        const cookies = [rememberMethod(method)]
        return nextStep(page, outcome, { cookies })
      } catch (error) {
        if (!isRefusal(error)) throw error
        return refused(page, pending, method)
      }
    },
    (alert) => render(page, pending, { method, alert }),
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
  return show(page, render(page, pending, { method, alert, triesLeft }), { status: 422, cookies })
}

function render(
  page: OpenPage,
  pending: PendingSignIn,
  shown: {
    method: FactorMethod
    options?: AssertionOptions
    alert?: Alert
    triesLeft?: number
  },
): string {
  return renderVerifyPage(page.frame, {
    ...shown,
    title: textsOf(page.frame).signIn.verifyTitle,
    action: `${page.prefix}/sign-in/verify`,
    hidden: { return_to: page.returnTo },
    others: pending.methods
      .filter(isMethod)
      .filter((method) => method !== shown.method)
      .map((method) => ({ method, href: addressOf(page, '/sign-in/verify', { method }) })),
    startAgainHref: addressOf(page, '/sign-in'),
  })
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
  const code = new Secret(method === 'totp' ? typed.replaceAll(/\s/g, '') : typed)
  return isWellFormedCode(method, code) ? { method, code } : undefined
}

export function malformed(frame: PageFrame, method: FactorMethod): Alert {
  const texts = textsOf(frame).signIn
  switch (method) {
    case 'totp':
      return { kind: 'error', title: texts.codeMalformed, text: texts.totpMalformedHelp }
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
