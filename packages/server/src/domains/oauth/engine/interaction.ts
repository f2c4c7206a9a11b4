import type Provider from 'oidc-provider'
import type { Interaction, InteractionResults } from 'oidc-provider'
import { type Acr, hasAssurance, toNumericDate } from '../../../kernel/index.ts'
import type { LiveSession } from '../../sessions/index.ts'
import { modelsOf } from './engine-models.ts'
import { currentScope, type RequestScope } from './request-scope.ts'

/** Where an authorization that needs a person stands. */
export type InteractionStep =
  | { readonly kind: 'go_on'; readonly url: string }
  | { readonly kind: 'sign_in'; readonly url: string }
  | { readonly kind: 'consent'; readonly interaction: Interaction }

/**
 * Decides what the person has to do next. What they did, they did on our own pages, so all that
 * counts is the session of this browser: nothing that the page or its address says is believed.
 */
export async function nextStep(interaction: Interaction): Promise<InteractionStep> {
  const scope = currentScope()
  const { live } = scope
  const { prompt } = interaction
  if (prompt.name === 'consent') {
    if (live === undefined)
      return { kind: 'sign_in', url: signInUrl(scope, interaction, undefined) }
    return { kind: 'consent', interaction }
  }
  const missing = live === undefined ? 'sign_in' : whatIsMissing(scope, live, interaction)
  if (live === undefined || missing !== undefined) {
    return { kind: 'sign_in', url: signInUrl(scope, interaction, missing) }
  }
  const url = await finish(interaction, { login: loginOf(live), [prompt.name]: loginOf(live) })
  return { kind: 'go_on', url }
}

/** Keeps the answer for the engine. @returns where the browser goes on */
export async function finish(
  interaction: Interaction,
  result: InteractionResults,
): Promise<string> {
  // Who signed in again has a new session; the engine would take it for somebody else's.
  delete (interaction as { session?: object }).session
  interaction.result = 'error' in result ? result : answersOf(interaction, result)
  await interaction.persist()
  return interaction.returnTo
}

/**
 * With what was answered before. Who signed in for this request may have chosen another account since:
 * it is the one of this browser that goes on.
 */
function answersOf(
  { lastSubmission }: Interaction,
  result: InteractionResults,
): InteractionResults {
  const { live } = currentScope()
  const answers = { ...lastSubmission, ...result }
  return answers.login === undefined || live === undefined
    ? answers
    : { ...answers, login: loginOf(live) }
}

/** The interaction that this browser was given the cookie of. */
export async function findInteraction(
  provider: Provider,
  cookie: string | undefined,
  uid: string,
): Promise<Interaction | undefined> {
  // Attack: the address of somebody else's interaction is opened here, to sign in for them.
  if (cookie !== uid) return undefined
  return modelsOf(provider).Interaction.find<Interaction>(uid)
}

type Missing = 'reauthenticate' | 'step_up' | 'other_account' | 'sign_in'

function whatIsMissing(
  { context }: RequestScope,
  live: LiveSession,
  interaction: Interaction,
): Missing | undefined {
  const { prompt, params } = interaction
  const isFresh = isSignedInSince(live, interaction)
  const { reasons, details } = prompt
  const other = reasons.some((reason) => OTHER_ACCOUNT.has(reason))
  if (other && !isFresh) return 'other_account'
  const again = reasons.some((reason) => AGAIN.has(reason)) || prompt.name !== 'login'
  if (again && !isFresh && !hasMaxAge(live, params, context.clock.now())) return 'reauthenticate'
  const { acr, refusal } = details as { acr?: Acr; refusal?: string }
  if (acr !== undefined && !hasAssurance(live, { acr }, context.clock.now())) return 'step_up'
  if (acr === undefined && refusal !== undefined && !isFresh) return 'reauthenticate'
  return undefined
}

/**
 * Every sign-in makes a new session, so another one than at the start says that somebody signed in
 * since; an earlier prompt of this request may have asked for that. Attack: times in seconds would
 * take a sign-in of the same second for an answer to `prompt=login`.
 */
function isSignedInSince({ sessionId }: LiveSession, asked: Interaction): boolean {
  return asked.session?.uid !== sessionId || asked.lastSubmission?.login !== undefined
}

function hasMaxAge(live: LiveSession, params: Record<string, unknown>, now: Date): boolean {
  const maxAge = Number(params['max_age'])
  if (params['max_age'] === undefined || params['prompt'] !== undefined) return false
  return now.getTime() - live.authTime.getTime() <= maxAge * 1000
}

function loginOf({ userId, authTime, acr, amr }: LiveSession) {
  return { accountId: userId, ts: toNumericDate(authTime), acr, amr: [...amr], remember: false }
}

/** Our own pages; they set our cookie and come back to `return_to`. */
function signInUrl(
  { context }: RequestScope,
  { uid, params, prompt }: Interaction,
  missing: Missing | undefined,
): string {
  const prefix = `/t/${context.tenant.slug}`
  const query = new URLSearchParams({ return_to: `${prefix}/interaction/${uid}` })
  for (const name of ['login_hint', 'ui_locales'] as const) {
    const value = params[name]
    if (typeof value === 'string') query.set(name, value)
  }
  const { acr } = prompt.details as { acr?: string }
  const acrValues = acr ?? params['acr_values']
  if (typeof acrValues === 'string') query.set('acr_values', acrValues)
  if (missing === 'reauthenticate' || missing === 'other_account') {
    query.set('reason', 'reauthenticate')
  }
  if (missing === 'step_up') query.set('reason', 'step_up')
  return `${prefix}/${prompt.name === 'create' ? 'register' : 'sign-in'}?${query.toString()}`
}

const AGAIN = new Set(['login_prompt', 'max_age'])
const OTHER_ACCOUNT = new Set([
  'id_token_hint',
  'claims_id_token_sub_value',
  'select_account_prompt',
])
