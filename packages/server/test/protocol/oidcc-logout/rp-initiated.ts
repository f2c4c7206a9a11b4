import { generateKeyPair, SignJWT } from 'jose'
import { expect } from 'vitest'
import type { ConformancePlan, Modules } from '../../support/conformance-plan.ts'
import { type Browser, hiddenField } from '../../support/relying-party.ts'

export const BYE = 'https://app.example/post_logout_redirect'

/** What the page after the end of a session says, and where it goes on to. */
export const logoutModules: Modules = {
  'oidcc-rp-initiated-logout: ends the session, and goes on to the client with its state': async (
    plan,
  ) => {
    const { browser, hint } = await signIn(plan)

    const next = await logOut(plan, browser, {
      id_token_hint: hint,
      post_logout_redirect_uri: BYE,
      state: 'after',
    })

    expect(next).toBe(`${BYE}?state=after`)
    await expectSignedOut(plan, browser)
  },

  'oidcc-rp-initiated-logout-no-state: goes on without one': async (plan) => {
    const { browser, hint } = await signIn(plan)

    const next = await logOut(plan, browser, {
      id_token_hint: hint,
      post_logout_redirect_uri: BYE,
    })

    expect(next).toBe(BYE)
    await expectSignedOut(plan, browser)
  },

  'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri: is not gone to': async (plan) => {
    const { hint, browser } = await signIn(plan)
    const parameters = { id_token_hint: hint, post_logout_redirect_uri: 'https://evil.example/' }

    await expectErrorPage(plan, browser, parameters)
  },

  'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri: is not gone to': async (
    plan,
  ) => {
    const { hint, browser } = await signIn(plan)
    const parameters = { id_token_hint: hint, post_logout_redirect_uri: `${BYE}?foo=bar` }

    await expectErrorPage(plan, browser, parameters)
  },

  'oidcc-rp-initiated-logout-modified-id-token-hint: a token without a signature is none': async (
    plan,
  ) => {
    const { hint, browser } = await signIn(plan)
    const [, claims] = hint.split('.')
    const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    const parameters = {
      id_token_hint: `${header}.${claims}.`,
      post_logout_redirect_uri: BYE,
    }

    await expectErrorPage(plan, browser, parameters)
  },

  'oidcc-rp-initiated-logout-bad-id-token-hint: a token that somebody else signed is none': async (
    plan,
  ) => {
    const { hint, browser } = await signIn(plan)
    const { privateKey } = await generateKeyPair('ES256')
    const claims = JSON.parse(Buffer.from(hint.split('.')[1] ?? '', 'base64url').toString())
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'of-the-suite' })
      .sign(privateKey)

    await expectErrorPage(plan, browser, { id_token_hint: forged, post_logout_redirect_uri: BYE })
  },

  'oidcc-rp-initiated-logout-no-id-token-hint: names no client, so nothing is gone to': async (
    plan,
  ) => {
    const { browser } = await signIn(plan)

    expect(await logOut(plan, browser, { post_logout_redirect_uri: BYE })).toBe('signed out')
  },

  'oidcc-rp-initiated-logout-no-params: ends the session and says so': async (plan) => {
    const { browser } = await signIn(plan)

    expect(await logOut(plan, browser, {})).toBe('signed out')
    await expectSignedOut(plan, browser)
  },

  'oidcc-rp-initiated-logout-no-post-logout-redirect-uri: ends the session and says so': async (
    plan,
  ) => {
    const { hint, browser } = await signIn(plan)

    expect(await logOut(plan, browser, { id_token_hint: hint })).toBe('signed out')
    await expectSignedOut(plan, browser)
  },

  'oidcc-rp-initiated-logout-only-state: ends the session and says so': async (plan) => {
    const { browser } = await signIn(plan)

    expect(await logOut(plan, browser, { state: 'after' })).toBe('signed out')
    await expectSignedOut(plan, browser)
  },
}

async function signIn(plan: ConformancePlan) {
  const { ana, browser } = await plan.signedIn()
  const { id_token: hint = '' } = await plan.obtain(browser)
  return { ana, browser, hint }
}

/** Confirms on our page. @returns where the page sends the browser, or what it says */
export async function logOut(
  plan: ConformancePlan,
  browser: Browser,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const page = await browser.open(addressOf(plan, parameters))
  const action = /action="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const form = { xsrf: hiddenField(page.body, 'xsrf'), logout: 'yes' }
  const done = await browser.open(action, form)
  expect(done.statusCode).toBe(200)
  const target = /url=([^"]+)"/.exec(done.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
  if (!target.includes('/oauth/logout/success')) return target
  const last = await browser.open(target)
  expect(last.body).toContain('You are signed out')
  return 'signed out'
}

async function expectErrorPage(
  plan: ConformancePlan,
  browser: Browser,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  const page = await browser.open(addressOf(plan, parameters))

  expect(page.statusCode).toBe(400)
  expect(page.headers.location).toBeUndefined()
  expect(page.body).toMatch(/req_\w+/)
  // Nobody was signed out by a link that proves nothing.
  await expect(plan.obtain(browser, { prompt: 'none' })).resolves.toHaveProperty('id_token')
}

export async function expectSignedOut(plan: ConformancePlan, browser: Browser): Promise<void> {
  const { answer } = await plan.ask(browser, { prompt: 'none' })

  expect(answer.get('error')).toBe('login_required')
}

function addressOf(plan: ConformancePlan, parameters: Readonly<Record<string, string>>): string {
  const { end_session_endpoint: endpoint } = plan.party.config.serverMetadata()
  const query = new URLSearchParams(parameters).toString()
  return `${endpoint}?${query}`
}
