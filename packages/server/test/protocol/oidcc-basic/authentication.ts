import { expect } from 'vitest'
import { ACR } from '../../../src/kernel/index.ts'
import type { Actor } from '../../support/actors.ts'
import {
  type Asked,
  type ConformancePlan,
  type Modules,
  signInUrlOf,
  toAsked,
} from '../../support/conformance-plan.ts'
import { Browser } from '../../support/relying-party.ts'

/** Whether the user is asked to sign in, and as whom. */
export const authenticationModules: Modules = {
  'oidcc-prompt-login: asks though somebody is signed in, and the new time is told': async (
    plan,
  ) => {
    const { ana, browser } = await plan.signedIn()
    const first = await plan.obtain(browser)

    const asked = await plan.ask(browser, { prompt: 'login' })
    expect(signInUrlOf(asked).searchParams.get('reason')).toBe('reauthenticate')
    const second = await plan.redeem(await signInAgain(plan, { ana, browser, asked }))

    expect(second.claims()?.sub).toBe(ana.userId)
    expect(second.claims()?.['auth_time']).toBeGreaterThan(Number(first.claims()?.['auth_time']))
  },

  'oidcc-prompt-none-not-logged-in: shows nothing and says why': async (plan) => {
    const { answer } = await plan.ask(new Browser(plan.world), { prompt: 'none' })

    expect(answer.get('error')).toBe('login_required')
    expect(answer.get('code')).toBeNull()
  },

  'oidcc-prompt-none-logged-in: gives the same user and time without a page': async (plan) => {
    const { browser } = await plan.signedIn()
    const first = await plan.obtain(browser)

    const second = await plan.obtain(browser, { prompt: 'none' })

    expect(identityIn(second)).toEqual(identityIn(first))
  },

  'oidcc-max-age-1: asks once the sign-in is older, and tells the new time': async (plan) => {
    // The engine judges by the clock of the machine, which other modules have left behind.
    plan.world.clock.advance({ milliseconds: -60_000 })
    const { ana, browser } = await plan.signedIn()
    const first = await plan.obtain(browser)
    plan.world.clock.advance({ milliseconds: 60_000 })

    const asked = await plan.ask(browser, { max_age: '1' })
    expect(signInUrlOf(asked).searchParams.get('reason')).toBe('reauthenticate')
    const second = await plan.redeem(await signInAgain(plan, { ana, browser, asked }))

    expect(second.claims()?.['auth_time']).toBeGreaterThan(Number(first.claims()?.['auth_time']))
  },

  'oidcc-max-age-10000: does not ask while the sign-in is younger': async (plan) => {
    const { browser } = await plan.signedIn()
    const first = await plan.obtain(browser, { max_age: '15000' })
    expect(first.claims()?.['auth_time']).toEqual(expect.any(Number))
    plan.world.clock.advance({ milliseconds: 2_000 })

    const second = await plan.obtain(browser, { max_age: '10000' })

    expect(identityIn(second)).toEqual(identityIn(first))
  },

  'oidcc-id-token-hint: an own ID token names whom to go on with, silently': async (plan) => {
    const { browser } = await plan.signedIn()
    const first = await plan.obtain(browser)
    const hint = { prompt: 'none', id_token_hint: first.id_token }

    expect(identityIn(await plan.obtain(browser, hint))).toEqual(identityIn(first))

    // Somebody else is signed in there, so going on in silence would mix the two up.
    const { browser: elsewhere } = await plan.signedIn()
    expect((await plan.ask(elsewhere, hint)).answer.get('error')).toBe('login_required')
  },

  'oidcc-login-hint: stands in the field of the sign-in page': async (plan) => {
    const browser = new Browser(plan.world)
    const asked = await plan.ask(browser, { login_hint: 'buffy@client.example' })

    const page = await browser.open(signInUrlOf(asked).href)

    expect(page.body).toMatch(/<input[^>]*value="buffy@client.example"/)
  },

  'oidcc-ui-locales: chooses the language of the page, and an unknown one does no harm': async (
    plan,
  ) => {
    const languageFor = async (ui_locales: string) => {
      const browser = new Browser(plan.world)
      const page = await browser.open(signInUrlOf(await plan.ask(browser, { ui_locales })).href)
      return /<html lang="([^"]+)"/.exec(page.body)?.[1]
    }

    expect(await languageFor('se de')).toBe('de')
    expect(await languageFor('se')).toBe('en')
  },

  'oidcc-display-page: shows the sign-in page': (plan) => showsSignIn(plan, 'page'),

  'oidcc-display-popup: shows the same page, which fits a small window': (plan) =>
    showsSignIn(plan, 'popup'),

  'oidcc-ensure-request-with-acr-values-succeeds: and the ID token says which class': async (
    plan,
  ) => {
    const { acr_values_supported: supported } = await plan.metadata()
    expect(supported).toContain(ACR.password)
    const { browser } = await plan.signedIn()

    const tokens = await plan.obtain(browser, { acr_values: `urn:unknown ${ACR.password}` })

    expect(tokens.claims()?.['acr']).toBe(ACR.password)
  },
}

/** On our own pages; they set a new cookie and send the browser back. */
async function signInAgain(
  plan: ConformancePlan,
  { ana, browser, asked }: { ana: Actor; browser: Browser; asked: Asked },
): Promise<Asked> {
  const back = signInUrlOf(asked).searchParams.get('return_to') ?? ''
  plan.world.clock.advance({ milliseconds: 1_000 })
  await ana.signInWithCookie()
  browser.keep(ana.cookie ?? '')
  return toAsked(await browser.follow(back), asked.verifier)
}

async function showsSignIn(plan: ConformancePlan, display: string): Promise<void> {
  const browser = new Browser(plan.world)

  const page = await browser.open(signInUrlOf(await plan.ask(browser, { display })).href)

  expect(page.statusCode).toBe(200)
  expect(page.body).toContain('autocomplete="username webauthn"')
}

function identityIn(tokens: { claims(): Record<string, unknown> | undefined }) {
  const { sub, auth_time } = tokens.claims() ?? {}
  return { sub, auth_time: auth_time ?? 'missing' }
}
