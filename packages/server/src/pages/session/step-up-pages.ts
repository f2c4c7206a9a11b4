import {
  type AssertionOptions,
  type FactorKind,
  type FactorMethod,
  kindsByUse,
  methodsOf,
} from '../../domains/factors/index.ts'
import { boundToStepUp, signInErrors, type StepUpId } from '../../domains/sign-in/index.ts'
import { ACR, type Acr, AppError, minutes, parseId, Secret } from '../../kernel/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import type { Alert } from '../design/alert.ts'
import { renderLinkButton } from '../design/form.ts'
import { renderNoticePage } from '../design/notice-page.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import {
  addressOf,
  attempt,
  goOn,
  openPage,
  type OpenPage,
  show,
  userContext,
} from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { destinationOf } from '../sign-in/next-step.ts'
import { type ProofMethod, renderVerifyPage } from '../sign-in/render-verify-page.ts'
import { malformed, readFactorResponse, sentToOf } from '../sign-in/verify-pages.ts'

const rateLimit = { name: 'step-up', limit: 30, window: minutes(1), by: 'principal' } as const

/** RFC 9470 for people: a signed-in user proves again who they are, and goes back. */
export function stepUpPages(services: PageServices): readonly PageRoute[] {
  return [
    {
      method: 'GET',
      path: '/step-up',
      auth: { kind: 'user', whileOwing: true },
      rateLimit: { ...rateLimit, name: 'step-up-page', limit: 120 },
      handler: async (visit) => ask(await openPage(services, visit)),
    },
    {
      method: 'POST',
      path: '/step-up',
      auth: { kind: 'user', whileOwing: true },
      rateLimit,
      handler: async (visit) => prove(await openPage(services, visit)),
    },
  ]
}

async function ask(page: OpenPage): Promise<PageReply> {
  const methods = await listMethods(page)
  if (methods.length === 0) return showUnavailable(page)
  return show(page, render(page, { methods, method: chooseMethod(page, methods) }))
}

/** What can be shown; the use case decides what counts. */
async function listMethods(page: OpenPage): Promise<readonly ProofMethod[]> {
  const context = userContext(page)
  const { factors } = page.services
  const { factors: apps, backupCodesLeft } = await factors.list(context)
  const passkeys = await factors.webauthn.list(context)
  const keys = passkeys.map(({ cloneSuspectedAt, createdAt, lastUsedAt }) => {
    const kind: FactorKind = cloneSuspectedAt === undefined ? 'webauthn' : 'blocked_webauthn'
    return { kind, createdAt, lastUsedAt }
  })
  const kinds = kindsByUse([...keys, ...apps])
  const acr = wantedAcr(page)
  const methods = methodsOf({ kinds, backupCodesLeft }, context.tenant.policy)
  if (acr === ACR.passkey) return methods.filter((method) => method === 'webauthn')
  if (methods.length > 0) return methods
  return acr === undefined || acr === ACR.password ? ['password'] : []
}

function wantedAcr({ visit }: OpenPage): Acr | undefined {
  const wanted = visit.form['acr'] ?? visit.query['acr']
  return Object.values(ACR).find((acr) => acr === wanted)
}

function chooseMethod({ visit }: OpenPage, methods: readonly ProofMethod[]): ProofMethod {
  const wished = visit.form['method'] ?? visit.query['method']
  return methods.find((method) => method === wished) ?? methods[0] ?? 'password'
}

async function prove(page: OpenPage): Promise<PageReply> {
  const context = userContext(page)
  const { signIn } = page.services
  const methods = await listMethods(page)
  const method = chooseMethod(page, methods)
  let id = parseId('stp', page.visit.form['step_up_id'] ?? '')
  const sentTo = sentToOf(page)
  const again = (alert: Alert) => render(page, { methods, method, id, sentTo, alert })
  return attempt(
    page,
    async () => {
      try {
        id ??= (
          await signIn.startStepUp(context, {
            acr: wantedAcr(page),
            transactionDigest: undefined,
          })
        ).id
        if (method === 'webauthn' && (page.visit.form['response'] ?? '') === '') {
          const options = await signIn.challengeStepUp(context, id)
          return show(page, render(page, { methods, method, id, options }))
        }
        if (method === 'sms' && page.visit.form['send'] !== undefined) {
          const { sentTo } = await signIn.sendSmsCodeForStepUp(context, id)
          return show(page, render(page, { methods, method, id, sentTo }))
        }
        const response = readResponse(page, method, id)
        if (response === undefined) {
          return show(page, again(malformedProof(page, method)), { status: 422 })
        }
        const { cookie } = await signIn.verifyStepUp(context, { id, response })
        const cookies =
          cookie === undefined ? [] : [{ name: 'session', value: cookie.reveal() } as const]
        return goOn(page, destinationOf(page), cookies)
      } catch (error) {
        return refuse(page, error, { methods, method, id })
      }
    },
    again,
  )
}

function readResponse(page: OpenPage, method: ProofMethod, id: StepUpId) {
  const { form } = page.visit
  if (method !== 'password') return readFactorResponse(form, method, boundToStepUp(id))
  const { password = '' } = form
  return password === '' || password.length > 1024
    ? undefined
    : { method, password: new Secret(password) }
}

function malformedProof({ frame }: OpenPage, method: ProofMethod): Alert {
  if (method !== 'password') return malformed(frame, method)
  return { kind: 'error', ...textsOf(frame).problems.current_password_wrong }
}

function refuse(
  page: OpenPage,
  error: unknown,
  shown: { methods: readonly ProofMethod[]; method: ProofMethod; id: StepUpId | undefined },
): PageReply {
  if (!(error instanceof AppError)) throw error
  const texts = textsOf(page.frame).signIn
  switch (error.code) {
    case signInErrors.step_up_unavailable.code:
      return showUnavailable(page)
    case signInErrors.step_up_not_found.code: {
      // Used up or over: the next try begins a new one.
      const alert: Alert = { kind: 'error', title: texts.codeRefused, text: texts.interruptedHelp }
      return show(page, render(page, { ...shown, id: undefined, alert }), { status: 422 })
    }
    case signInErrors.step_up_refused.code: {
      const alert: Alert = { kind: 'error', title: texts.codeRefused, text: texts.codeRefusedHelp }
      const sentTo = sentToOf(page)
      return show(page, render(page, { ...shown, sentTo, alert }), { status: 422 })
    }
    default:
      throw error
  }
}

function showUnavailable(page: OpenPage): PageReply {
  const { signIn, oauth } = textsOf(page.frame)
  const { stepUpUnavailable: title, stepUpUnavailableHelp: lead } = signIn
  const { signInAgain } = oauth
  // Who must have a factor and has none enrols one on the way in.
  const again = addressOf(page, '/sign-in', { reason: 'reauthenticate' })
  const more = html`<p class="actions">${renderLinkButton(again, signInAgain)}</p>`
  const body = renderNoticePage(page.frame, { title, lead, isDone: false, more })
  return show(page, body, { status: 403 })
}

function render(
  page: OpenPage,
  shown: {
    methods: readonly ProofMethod[]
    method: ProofMethod
    id?: StepUpId | undefined
    options?: AssertionOptions
    sentTo?: string | undefined
    alert?: Alert
  },
): string {
  const { stepUpTitle: title, stepUpLead: lead } = textsOf(page.frame).signIn
  const acr = wantedAcr(page)
  const asked: Record<string, string> = acr === undefined ? {} : { acr }
  const { methods, id, ...rest } = shown
  return renderVerifyPage(page.frame, {
    ...rest,
    title,
    lead,
    action: `${page.prefix}/step-up`,
    hidden: { ...asked, step_up_id: id, return_to: page.returnTo },
    others: methods
      .filter((method): method is FactorMethod => method !== shown.method)
      .map((method) => ({ method, href: addressOf(page, '/step-up', { ...asked, method }) })),
  })
}
