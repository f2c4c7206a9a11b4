import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { ClientId } from '../../../src/kernel/index.ts'
import type { Actor } from '../../support/actors.ts'
import { obtainTokens } from '../../support/authorize.ts'
import { decideOnPage } from '../../support/decide-on-page.ts'
import { API, exchangeOf, OTHER_API } from '../../support/oauth-grants.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { Browser, type RelyingParty, registerRelyingParty } from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
let world: World
let tenant: Tenant
let ana: Actor

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant(undefined, { audiences: [API, OTHER_API] })
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
})
afterAll(() => world.close())

function post(path: string, form: Record<string, string>, headers = {}) {
  return world.app.http.inject({
    method: 'POST',
    url: `/t/${tenant.slug}${path}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(form).toString(),
  })
}

async function consentTo(browser: Browser, party: RelyingParty): Promise<string> {
  const verifier = oidc.randomPKCECodeVerifier()
  const url = oidc.buildAuthorizationUrl(party.config, {
    redirect_uri: 'https://app.example/callback',
    scope: 'openid read',
    resource: API,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const answer = await decideOnPage(browser, await browser.follow(url.href), 'allow')
  const { location = '' } = answer.headers
  const tokens = await oidc.authorizationCodeGrant(
    party.config,
    new URL(location),
    { pkceCodeVerifier: verifier },
    { resource: API },
  )
  return tokens.access_token
}

it('RFC 8693 §5: a client of others gets no token for a resource that no user allowed it', async () => {
  const party = await registerRelyingParty(world, {
    tenant,
    isFirstParty: false,
    metadata: {
      scope: 'openid read',
      resources: [API, OTHER_API],
      grant_types: ['authorization_code', 'refresh_token', EXCHANGE],
    },
  })
  const subject = await consentTo(new Browser(world, ana), party)

  const exchanging = (resource: string) =>
    oidc.genericGrantRequest(party.config, EXCHANGE, { ...exchangeOf(subject), resource })
  await expect(exchanging(OTHER_API)).rejects.toMatchObject({ error: 'invalid_scope' })
  await expect(exchanging(API)).resolves.toHaveProperty('access_token')
})

it('I4: tokens that a client got by exchange end when it is disabled', async () => {
  const front = await registerRelyingParty(world, {
    tenant,
    metadata: { scope: 'openid read', resources: [API] },
  })
  const serving = (served: string, resource: string) =>
    registerRelyingParty(world, {
      tenant,
      profile: 'service',
      metadata: {
        redirect_uris: [],
        scope: 'read',
        grant_types: [EXCHANGE],
        resources: [resource],
        serves_resources: [served],
      },
    })
  const api = await serving(API, OTHER_API)
  const asking = await serving(OTHER_API, API)
  const wanted = { scope: 'openid read', resource: API }
  const subject = (await obtainTokens(new Browser(world, ana), front, wanted)).access_token
  const { access_token } = await oidc.genericGrantRequest(api.config, EXCHANGE, {
    ...exchangeOf(subject),
    resource: OTHER_API,
  })
  expect(await oidc.tokenIntrospection(asking.config, access_token)).toHaveProperty('active', true)

  const id = api.clientId as ClientId
  await world.app.clients.update(world.internalContext(tenant), { id }, { status: 'disabled' })

  expect(await oidc.tokenIntrospection(asking.config, access_token)).toEqual({ active: false })
})

it.each([
  '/oauth/token/',
  '/oauth/TOKEN',
  '/oauth/%74oken',
  '/oauth//token',
  '/oauth/device/',
  '/oauth/authorize/',
])('the address %s is none', async (path) => {
  expect((await post(path, { grant_type: 'client_credentials' })).statusCode).toBe(404)
})

it('RFC 8628 §5.1: whoever guesses user codes is stopped', async () => {
  const ben = await world.actors.user({ tenant })
  await ben.signInWithCookie()
  const browser = new Browser(world, ben)
  const address = `http://localhost:4820/t/${tenant.slug}/oauth/device`
  const statuses: number[] = []
  for (let guess = 0; guess < 31; guess++) {
    const answer = await browser.open(address, { xsrf: 'x', user_code: 'BCDFGHJK' })
    statuses.push(answer.statusCode)
  }

  expect(statuses.slice(0, 30)).not.toContain(429)
  expect(statuses[30]).toBe(429)
})

it('RFC 7662 §4: a refresh token of others is inactive, and stays theirs', async () => {
  const front = await registerRelyingParty(world, { tenant })
  const other = await registerRelyingParty(world, { tenant })
  const { refresh_token = '' } = await obtainTokens(new Browser(world, ana), front)

  expect(await oidc.tokenIntrospection(other.config, refresh_token)).toEqual({ active: false })
  await expect(oidc.refreshTokenGrant(other.config, refresh_token)).rejects.toMatchObject({
    error: 'invalid_grant',
  })
  const { refresh_token: successor = '' } = await oidc.refreshTokenGrant(
    front.config,
    refresh_token,
  )
  // Within the grace too: the parent gives its successor to nobody but the client it belongs to.
  await expect(oidc.refreshTokenGrant(other.config, refresh_token)).rejects.toMatchObject({
    error: 'invalid_grant',
  })
  await expect(oidc.refreshTokenGrant(front.config, successor)).resolves.toBeDefined()
})

it('RFC 9126 §4: a pushed request is for the client that pushed it', async () => {
  const front = await registerRelyingParty(world, { tenant })
  const other = await registerRelyingParty(world, { tenant })
  const pushed = await oidc.buildAuthorizationUrlWithPAR(front.config, {
    redirect_uri: 'https://app.example/callback',
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
  })
  pushed.searchParams.set('client_id', other.clientId)

  const answer = await new Browser(world, ana).follow(pushed.href)

  expect(answer.statusCode).toBe(400)
  expect(answer.headers.location).toBeUndefined()
})

it('RFC 9126 §2.3: a request object beyond all measure is refused', async () => {
  const front = await registerRelyingParty(world, { tenant })
  const form = {
    client_id: front.clientId,
    client_secret: front.secret ?? '',
    request: `eyJhbGciOiJFUzI1NiJ9.${'A'.repeat(70_000)}.x`,
  }

  expect((await post('/oauth/par', form)).statusCode).toBeGreaterThanOrEqual(400)
  expect((await post('/oauth/par', form)).statusCode).toBeLessThan(500)
})
