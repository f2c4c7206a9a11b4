import { FRESH_FACTOR } from '../../domains/factors/index.ts'
import { ACR, hasAssurance, minutes } from '../../kernel/index.ts'
import {
  insufficientAuthentication,
  type PageReply,
  type PageRoute,
} from '../../platform/http/index.ts'
import type { Alert } from '../design/alert.ts'
import { textsOf } from '../design/page-frame.ts'
import { goTo, openPage, type OpenPage, userContext } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'

type Handle = (page: OpenPage) => Promise<PageReply> | PageReply

interface RouteOptions {
  readonly name: string
  readonly limit: number
  readonly isRecent: boolean
}

/** Makes the routes of the account: whoever is not signed in is asked to. */
export function accountRoutes(services: PageServices) {
  const route = (
    method: 'GET' | 'POST',
    path: `/account${string}`,
    options: RouteOptions,
    handle: Handle,
  ): PageRoute => ({
    method,
    path,
    auth: options.isRecent ? { kind: 'user', maxAge: 'recent' } : { kind: 'user' },
    rateLimit: { name: options.name, limit: options.limit, window: minutes(1), by: 'principal' },
    handler: async (visit) => handle(await openPage(services, visit)),
  })
  const reading = { name: 'account-page', limit: 300 }
  return {
    read: (path: `/account${string}`, handle: Handle) =>
      route('GET', path, { ...reading, isRecent: false }, handle),
    change: (path: `/account${string}`, name: string, handle: Handle) =>
      route('POST', path, { name, limit: 20, isRecent: false }, handle),
    /** As above, for what the API demands a recent authentication for: before the form is filled in. */
    readRecent: (path: `/account${string}`, handle: Handle) =>
      route('GET', path, { ...reading, isRecent: true }, handle),
    changeRecent: (path: `/account${string}`, name: string, handle: Handle) =>
      route('POST', path, { name, limit: 20, isRecent: true }, handle),
  }
}

/** What was done is said on the page that one comes back to. */
export type Done = 'saved' | 'passwordChanged' | 'factorAdded' | 'factorRemoved' | SessionDone
type SessionDone =
  | 'sessionEnded'
  | 'othersEnded'
  | 'deviceForgotten'
  | 'emailAsked'
  | 'disconnected'

export function comeBack({ prefix }: OpenPage, path: `/account${string}`, done: Done): PageReply {
  return goTo(`${prefix}${path}?done=${done}`)
}

export function doneAlert({ visit, frame }: OpenPage): Alert | undefined {
  const done = DONE.find((known) => known === visit.query['done'])
  return done === undefined ? undefined : { kind: 'success', title: textsOf(frame).account[done] }
}

/**
 * Asks for the factor before the form is filled in; the use case asks for it in any case.
 * @throws insufficient_user_authentication
 */
export async function checkFreshFactor(page: OpenPage): Promise<void> {
  const context = userContext(page)
  const { factors } = page.services
  const requirement = { acr: ACR.mfa, maxAge: FRESH_FACTOR }
  if (hasAssurance(context.principal, requirement, context.clock.now())) return
  const { factors: apps } = await factors.list(context)
  const passkeys = apps.length > 0 ? [] : await factors.webauthn.list(context)
  if (apps.length + passkeys.length > 0) throw insufficientAuthentication(requirement)
}

const DONE: readonly Done[] = [
  'saved',
  'passwordChanged',
  'factorAdded',
  'factorRemoved',
  'sessionEnded',
  'othersEnded',
  'deviceForgotten',
  'emailAsked',
  'disconnected',
]
