import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { obtainTokens, redeem } from '../../support/authorize.ts'
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

const API = 'https://api.example'
let world: World
let tenant: Tenant
let ana: Actor
let party: RelyingParty
let browser: Browser

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant(undefined, { audiences: [API] })
  party = await registerRelyingParty(world, {
    tenant,
    metadata: {
      scope: 'openid read account offline_access',
      resources: [API, tenant.issuer],
      post_logout_redirect_uris: ['https://app.example/bye'],
    },
  })
})
afterAll(() => world.close())

async function signIn(scope = 'openid read', resource = API) {
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  browser = new Browser(world, ana)
  return obtainTokens(browser, party, { scope, resource })
}

it('RFC 7009 §2.1: a revoked signed token is inactive at once', async () => {
  const { access_token } = await signIn()
  expect(await oidc.tokenIntrospection(party.config, access_token)).toMatchObject({ active: true })

  await oidc.tokenRevocation(party.config, access_token)

  expect(await oidc.tokenIntrospection(party.config, access_token)).toEqual({ active: false })
})

it('RFC 7009 §2.1: revoking the refresh token ends the access tokens of its grant', async () => {
  const { access_token, refresh_token = '' } = await signIn()

  await oidc.tokenRevocation(party.config, refresh_token)

  expect(await oidc.tokenIntrospection(party.config, access_token)).toEqual({ active: false })
  await expect(oidc.refreshTokenGrant(party.config, refresh_token)).rejects.toThrow()
})

it('RFC 7009 §2.1: nobody revokes the tokens of others, and nothing tells whose they are', async () => {
  const { access_token } = await signIn()
  const other = await registerRelyingParty(world, { tenant })

  await oidc.tokenRevocation(other.config, access_token)

  expect(await oidc.tokenIntrospection(party.config, access_token)).toMatchObject({ active: true })
})

it('RFC 7662 §4: tells about a token its client and its resource server, and nobody else', async () => {
  const { access_token } = await signIn()
  const server = await registerRelyingParty(world, {
    tenant,
    profile: 'service',
    metadata: { redirect_uris: [], scope: 'read', serves_resources: [API] },
  })
  const stranger = await registerRelyingParty(world, { tenant })

  expect(await oidc.tokenIntrospection(server.config, access_token)).toMatchObject({ active: true })
  expect(await oidc.tokenIntrospection(stranger.config, access_token)).toEqual({ active: false })
})

it('a first-party client may call our own API, until its token is revoked', async () => {
  const { access_token } = await signIn('openid account', tenant.issuer)
  const me = () =>
    world.app.http.inject({
      url: `/t/${tenant.slug}/api/auth/me`,
      headers: { authorization: `Bearer ${access_token}` },
    })
  expect((await me()).statusCode).toBe(200)

  await oidc.tokenRevocation(party.config, access_token)

  expect((await me()).statusCode).toBe(401)
})

it('a client of others gets no token that opens our own API', async () => {
  const other = await registerRelyingParty(world, {
    tenant,
    isFirstParty: false,
    metadata: { scope: 'openid account', resources: [tenant.issuer] },
  })
  await signIn()

  const asking = obtainTokens(browser, other, { scope: 'openid account', resource: tenant.issuer })

  await expect(asking).rejects.toMatchObject({ error: 'invalid_target' })
})

it('a token for one resource server does not open another, nor our own API', async () => {
  const { access_token } = await signIn()

  const answer = await world.app.http.inject({
    url: `/t/${tenant.slug}/api/auth/me`,
    headers: { authorization: `Bearer ${access_token}` },
  })

  expect(answer.statusCode).toBe(401)
})

it('OIDC RP-Initiated Logout: ends our session and its grants, and goes back to the client', async () => {
  const { id_token = '', refresh_token = '' } = await signIn()
  const url = oidc.buildEndSessionUrl(party.config, {
    id_token_hint: id_token,
    post_logout_redirect_uri: 'https://app.example/bye',
    state: 's1',
  })
  const page = await browser.open(url.href)
  expect(page.headers['content-security-policy']).toContain("form-action 'self'")
  const action = /action="([^"]+)"/.exec(page.body)?.[1] ?? ''

  const done = await browser.open(action, { xsrf: hiddenField(page.body, 'xsrf'), logout: 'yes' })

  expect(done.statusCode).toBe(200)
  expect(done.body).toContain('https://app.example/bye?state=s1')
  expect((await ana.call('GET', '/api/auth/me')).statusCode).toBe(401)
  await expect(oidc.refreshTokenGrant(party.config, refresh_token)).rejects.toThrow()
})

it('without a session there is nothing to confirm', async () => {
  const { id_token = '' } = await signIn()
  const url = oidc.buildEndSessionUrl(party.config, {
    id_token_hint: id_token,
    post_logout_redirect_uri: 'https://app.example/bye',
  })

  const answer = await new Browser(world).open(url.href)

  expect(answer.headers.location).toBe('https://app.example/bye')
})

it('the idle limit of the session ends a grant', async () => {
  const { refresh_token = '' } = await signIn()
  world.clock.advance({ milliseconds: 2 * 3_600_000 })

  await expect(oidc.refreshTokenGrant(party.config, refresh_token)).rejects.toThrow()
})

it('OIDC Core §11: offline access outlives the idle limit, and ends with the sign-out', async () => {
  const device = await world.actors.user({ tenant })
  await device.signInWithCookie()
  const { callback, verifier } = await authorizeOffline(new Browser(world, device))
  const tokens = await redeem(party, { callback, verifier }, { resource: API })
  await device.signInWithCookie()
  world.clock.advance({ milliseconds: 2 * 3_600_000 })

  const refreshed = await oidc.refreshTokenGrant(party.config, tokens.refresh_token ?? '')
  device.cookie = undefined
  await device.signIn()
  expect((await device.call('DELETE', '/api/auth/sessions')).statusCode).toBe(204)

  await expect(
    oidc.refreshTokenGrant(party.config, refreshed.refresh_token ?? ''),
  ).rejects.toThrow()
})

/** OIDC Core §11: `prompt=consent` is needed, so even a first-party client asks. */
async function authorizeOffline(browser: Browser) {
  const verifier = oidc.randomPKCECodeVerifier()
  const url = oidc.buildAuthorizationUrl(party.config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid read offline_access',
    resource: API,
    prompt: 'consent',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const answer = await decideOnPage(browser, await browser.follow(url.href), 'allow')
  return { callback: new URL(String(answer.headers.location)), verifier }
}
