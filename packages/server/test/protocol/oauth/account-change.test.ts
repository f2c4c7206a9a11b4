import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import {
  Browser,
  hiddenField,
  REDIRECT_URI,
  type RelyingParty,
  registerRelyingParty,
} from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

let world: World
let tenant: Tenant
let party: RelyingParty
let ana: Actor
let bob: Actor

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant()
  party = await registerRelyingParty(world, { tenant, isFirstParty: false })
  ana = await world.actors.user({ tenant })
  bob = await world.actors.user({ tenant })
})
afterAll(() => world.close())

/** Up to the moment when Ana has allowed, and the browser is to go back to the engine. */
async function untilAnswered() {
  const browser = new Browser(world)
  const verifier = oidc.randomPKCECodeVerifier()
  const url = oidc.buildAuthorizationUrl(party.config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    prompt: 'consent',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const asked = await browser.follow(url.href)
  const here = new URL(asked.headers.location ?? '', tenant.issuer).searchParams.get('return_to')
  await enter(browser, ana)
  const page = await browser.follow(here ?? '')
  const action = /action="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const csrf_token = hiddenField(page.body, 'csrf_token')
  const onward = await browser.open(action, { csrf_token, decision: 'allow' })
  return { browser, back: /url=([^"]+)"/.exec(onward.body)?.[1] ?? '', verifier }
}

/** In another tab. */
async function enter(browser: Browser, actor: Actor): Promise<void> {
  actor.cookie = undefined
  await actor.signInWithCookie()
  browser.keep(actor.cookie ?? '')
}

it('goes on for the one who answered', async () => {
  const { browser, back } = await untilAnswered()

  expect((await browser.follow(back)).headers.location).toMatch(/callback\?code=/)
})

it('asks anew if somebody else is there when the browser comes back', async () => {
  const { browser, back, verifier } = await untilAnswered()
  await enter(browser, bob)

  const page = await browser.follow(back)
  expect(page.body).toContain(bob.identity.email)
  expect(page.body).not.toContain('<script>')
  expect(page.headers['content-security-policy']).toContain("form-action 'self'")
  const action = /action="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const csrf_token = hiddenField(page.body, 'csrf_token')
  const onward = await browser.open(action, { csrf_token, decision: 'allow' })
  const end = await browser.follow(/url=([^"]+)"/.exec(onward.body)?.[1] ?? '')
  const tokens = await oidc.authorizationCodeGrant(
    party.config,
    new URL(end.headers.location ?? ''),
    { pkceCodeVerifier: verifier },
  )
  expect(tokens.claims()?.sub).toBe(bob.userId)
})

it('asks to sign in if this browser has no session any more', async () => {
  const { browser, back } = await untilAnswered()
  browser.keep(`${(ana.cookie ?? '').split('=')[0]}=; max-age=0`)

  expect((await browser.follow(back)).headers.location).toMatch(/\/sign-in\?/)
})

it('ends with the session that allowed', async () => {
  const { browser, back } = await untilAnswered()
  await ana.call('POST', '/api/auth/logout')

  const page = await browser.follow(back)
  expect([page.statusCode, page.headers.location]).toEqual([400, undefined])
  expect(page.body).toMatch(/req_\w+/)
})
