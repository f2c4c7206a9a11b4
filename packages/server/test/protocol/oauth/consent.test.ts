import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { decideOnPage } from '../../support/decide-on-page.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import {
  Browser,
  hiddenField,
  REDIRECT_URI,
  type RelyingParty,
  registerRelyingParty,
} from '../../support/relying-party.ts'

let world: World
let tenant: Tenant
let ana: Actor
let party: RelyingParty

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant()
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  party = await registerRelyingParty(world, { tenant, isFirstParty: false })
})
afterAll(() => world.close())

it('asks before a client of others gets anything, and remembers what was allowed', async () => {
  const browser = new Browser(world, ana)
  const { url } = await authorization('openid')
  const page = await browser.follow(url.href)
  expect(page.statusCode).toBe(200)
  expect(page.headers['content-security-policy']).toContain("form-action 'self'")

  const action = /action="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const csrf_token = hiddenField(page.body, 'csrf_token')
  const onward = await browser.open(action, { csrf_token, decision: 'allow' })
  expect(onward.statusCode).toBe(200)
  const next = /url=([^"]+)"/.exec(onward.body)?.[1] ?? ''
  expect((await browser.follow(next)).headers.location).toMatch(/callback\?code=/)

  // Asked for less or the same: no question. Asked for more: a question about the rest.
  const again = await authorization('openid')
  expect((await browser.follow(again.url.href)).headers.location).toMatch(/callback\?code=/)
  const more = await authorization('openid email')
  const second = await browser.follow(more.url.href)
  expect(second.body).toContain('<li>See your e-mail address</li>')
  expect(second.body.match(/<li>/g)).toHaveLength(1)
})

it('refuses a decision without the token of the form', async () => {
  const browser = new Browser(world, ana)
  const { url } = await authorization('openid profile')
  const page = await browser.follow(url.href)
  const action = /action="([^"]+)"/.exec(page.body)?.[1] ?? ''

  const answer = await browser.open(action, { decision: 'allow' })

  expect(answer.statusCode).toBe(400)
})

it('RFC 6749 §4.1.2.1: tells the client that the user refused', async () => {
  const browser = new Browser(world, ana)
  const { url } = await authorization('openid profile')
  const page = await browser.follow(url.href)

  const answer = await decideOnPage(browser, page, 'deny')

  expect(answer.headers.location).toMatch(/error=access_denied/)
})

it('sends a browser without a session to the sign-in, and back', async () => {
  const browser = new Browser(world)
  const { url } = await authorization('openid')

  const answer = await browser.follow(url.href)

  const location = new URL(String(answer.headers.location), 'http://localhost:4820')
  expect(location.pathname).toBe(`/t/${tenant.slug}/sign-in`)
  expect(location.searchParams.get('return_to')).toMatch(`/t/${tenant.slug}/interaction/`)
})

it('OIDC Core §3.1.2.1: ui_locales, or else the browser, chooses the language', async () => {
  const { url } = await authorization('openid profile')
  const languageOf = async (address: URL, accept: string) => {
    const page = await new Browser(world, ana, { 'accept-language': accept }).follow(address.href)
    return /<html lang="([^"]+)"/.exec(page.body)?.[1]
  }
  const wished = new URL(`${url.href}&ui_locales=de`)

  expect(await languageOf(wished, 'en')).toBe('de')
  expect(await languageOf(url, 'de-CH, en;q=0.5')).toBe('de')
  expect(await languageOf(url, 'en')).toBe('en')
})

async function authorization(scope: string) {
  const verifier = oidc.randomPKCECodeVerifier()
  const url = oidc.buildAuthorizationUrl(party.config, {
    redirect_uri: REDIRECT_URI,
    scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  return { url, verifier }
}
