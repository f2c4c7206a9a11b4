import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import {
  Browser,
  REDIRECT_URI,
  type RelyingParty,
  registerRelyingParty,
} from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

let world: World
let tenant: Tenant
let ana: Actor
let party: RelyingParty

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant()
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  party = await registerRelyingParty(world, { tenant })
})
afterAll(() => world.close())

async function parameters(more: Record<string, string> = {}): Promise<URLSearchParams> {
  const url = oidc.buildAuthorizationUrl(party.config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
    ...more,
  })
  return url.searchParams
}

/** From another site: no cookie of ours comes with it. */
function post(payload: string, type = 'application/x-www-form-urlencoded') {
  return world.app.http.inject({
    method: 'POST',
    url: `/t/${tenant.slug}/oauth/authorize?prompt=none`,
    headers: { 'content-type': type, origin: 'https://app.example' },
    payload,
  })
}

it('OIDC Core §3.1.2.1: takes a form, and goes on by GET with what it says', async () => {
  const form = await parameters({ state: 'a b&c' })
  const answer = await post(form.toString())

  expect(answer.statusCode).toBe(303)
  const { location } = answer.headers
  expect(new URL(location ?? '', tenant.issuer).pathname).toBe(`/t/${tenant.slug}/oauth/authorize`)
  expect([...new URL(location ?? '', tenant.issuer).searchParams]).toEqual([...form])
  expect(answer.headers['set-cookie']).toBeUndefined()

  const onward = await new Browser(world, ana).follow(location ?? '')
  expect(onward.headers.location).toMatch(/callback\?code=.*state=a(?:%20|\+)b%26c/)
})

it('RFC 6749 §3.1: what the form says twice is still refused', async () => {
  const form = await parameters()
  form.append('scope', 'openid email')

  const { headers } = await post(form.toString())
  const onward = await new Browser(world, ana).open(headers.location ?? '')
  expect(onward.headers.location ?? onward.body).toMatch(/invalid_request/)
})

it('never leads away by what it says', async () => {
  const form = await parameters({ redirect_uri: 'https://evil.example/callback' })

  const { headers } = await post(form.toString())
  expect(headers.location).toMatch(/^\/t\//)
  const onward = await new Browser(world, ana).follow(headers.location ?? '')
  expect([onward.statusCode, onward.headers.location]).toEqual([400, undefined])
})
