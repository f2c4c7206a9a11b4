import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addConsent } from '../../../src/domains/oauth/engine/consent-store.ts'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import {
  Browser,
  REDIRECT_URI,
  type RelyingParty,
  registerRelyingParty,
} from '../../support/relying-party.ts'
import { decideOnPage } from '../../support/decide-on-page.ts'
import { RunningClock } from '../../support/running-clock.ts'

let world: World
let tenant: Tenant
let ana: Actor
let party: RelyingParty

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant()
  party = await registerRelyingParty(world, { tenant, isFirstParty: false })
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
})
afterAll(() => world.close())

async function connect() {
  const browser = new Browser(world, ana)
  const verifier = oidc.randomPKCECodeVerifier()
  const url = oidc.buildAuthorizationUrl(party.config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid email',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  let answer = await browser.follow(url.href)
  if (answer.headers.location === undefined) {
    answer = await decideOnPage(browser, answer, 'allow')
  }
  const callback = new URL(String(answer.headers.location))
  return oidc.authorizationCodeGrant(party.config, callback, { pkceCodeVerifier: verifier })
}

it('ASVS 10.7.3: a user sees what was allowed, and ends it at once', async () => {
  const { refresh_token = '' } = await connect()

  const listed = await ana.call('GET', '/api/auth/connected-applications')
  expect(listed.json()).toMatchObject({
    data: [{ client_id: party.clientId, client_name: 'Example', scopes: ['openid', 'email'] }],
  })
  const path = `/api/auth/connected-applications/${party.clientId}`
  expect((await ana.call('DELETE', path)).statusCode).toBe(204)

  await expect(oidc.refreshTokenGrant(party.config, refresh_token)).rejects.toThrow()
  expect((await ana.call('GET', '/api/auth/connected-applications')).json()).toEqual({ data: [] })
  expect((await ana.call('DELETE', path)).statusCode).toBe(404)
})

it('an administrator sees and ends what a user allowed; another user does not', async () => {
  const { refresh_token = '' } = await connect()
  const dan = await world.actors.signedIn({ tenant, roles: ['admin'] })
  const ben = await world.actors.signedIn({ tenant })
  const path = `/api/admin/users/${ana.userId}/connected-applications`

  expect((await ben.call('GET', path)).statusCode).toBe(403)
  expect((await dan.call('GET', path)).json()).toMatchObject({ data: [{ client_name: 'Example' }] })
  expect((await dan.call('DELETE', `${path}/${party.clientId}`)).statusCode).toBe(204)

  await expect(oidc.refreshTokenGrant(party.config, refresh_token)).rejects.toThrow()
})

it('shows what was allowed page by page', async () => {
  const dan = await world.actors.signedIn({ tenant, roles: ['admin'] })
  const ben = await world.actors.signedIn({ tenant })
  const ids: string[] = []
  for (const name of ['one', 'two', 'three']) {
    const { client } = await world.app.clients.create(world.internalContext(tenant), {
      profile: 'web',
      name,
      metadata: { redirect_uris: [REDIRECT_URI] },
    })
    const consent = { scopes: ['openid'], claims: [], resources: {} }
    await world.database.tenantBatch(tenant.id, [
      addConsent(ben.userId, client.id, { consent, now: world.clock.now() }),
    ])
    ids.unshift(client.id)
  }
  const [newest, second, oldest] = ids

  for (const [actor, path] of [
    [ben, '/api/auth/connected-applications'],
    [dan, `/api/admin/users/${ben.userId}/connected-applications`],
  ] as const) {
    const first = (await actor.call('GET', `${path}?limit=2`)).json()
    const last = (await actor.call('GET', `${path}?limit=2&after=${first.next}`)).json()

    expect(first.next).toBe(second)
    expect([...first.data, ...last.data].map(({ client_id }) => client_id)).toEqual([
      newest,
      second,
      oldest,
    ])
    expect(last.next).toBeUndefined()
  }
})
