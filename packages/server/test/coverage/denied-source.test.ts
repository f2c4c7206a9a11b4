import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { hostedPages } from '../../src/pages/hosted-pages.ts'
import type { Route } from '../../src/platform/http/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { countRows } from '../support/describe-store.ts'
import { expectProblem, observable } from '../support/expect-problem.ts'
import { fakePlaces } from '../support/fake-places.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { registerRelyingParty } from '../support/relying-party.ts'

/** Read from the declarations, so that a new way to act for a user can't be forgotten here. */
let world: World
let acme: Tenant
let ana: Actor
let eve: Actor

const DENIED = '192.0.2.9'
const HOME = '203.0.113.5'

beforeAll(async () => {
  const places = fakePlaces({ [HOME]: { country: 'CH' }, '198.51.100.1': { country: 'FR' } })
  world = await openWorld({ places })
  acme = await world.tenant(undefined, {
    ip_deny_list: ['192.0.2.0/24'],
    email_sign_in_methods: ['link', 'code'],
  })
  ana = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
  eve = await world.actors.user({ tenant: acme })
  await eve.signInWithCookie()
})
afterAll(() => world.close())

/** Another one each time: what one source is refused with is bounded. */
let asked = 0
const denied = () => `192.0.2.${20 + (asked++ % 200)}`
const from = (ip: string) => ({ remoteAddress: ip })
const routes = () => world.app.routes.filter(({ operatorOnly }) => operatorOnly !== true)

function callOf(route: Route, actor: Actor, ip: string) {
  const url = route.path.replaceAll(/\{[a-z_]+\}/g, 'x')
  const body = route.body === undefined ? {} : { payload: {} }
  return actor.request({ method: route.method, url, ...body, ...from(ip) })
}

describe('a source that the tenant denies', () => {
  it('is refused by every route, but those that anybody may read', async () => {
    const readable: string[] = []
    for (const route of routes()) {
      const answer = await callOf(route, ana, denied())
      if (route.auth.kind === 'public' && route.method === 'GET') {
        expect([route.id, answer.body]).not.toContain('risk_refused')
        readable.push(route.id)
        continue
      }
      expect([route.id, answer.statusCode, answer.json().code]).toEqual([
        route.id,
        403,
        'risk_refused',
      ])
    }

    expect(readable).toEqual([
      'getCaptcha',
      'getPasswordPolicy',
      'getProtectedResource',
      'getSsfConfiguration',
      'getJwks',
    ])
  })

  it('is refused by every page that is for somebody, and every form', async () => {
    const { routes: pages } = hostedPages({} as never)
    for (const { method, path, auth } of pages) {
      const answer = await world.app.http.inject({
        method,
        url: `/t/${acme.slug}${path.replaceAll(/\{[a-z_]+\}|:[a-z_]+/g, 'x')}`,
        headers: { ...eve.credentials(), origin: 'http://localhost:4820' },
        ...(method === 'POST' ? { payload: {} } : {}),
        ...from(denied()),
      })
      const isRefused = method === 'POST' || auth.kind !== 'anyone'
      expect([method, path, answer.statusCode === 403]).toEqual([method, path, isRefused])
    }
  })

  it.each([
    ['as IPv4 in IPv6', '::ffff:192.0.2.9'],
    ['in hexadecimal', '::ffff:c000:209'],
  ])('is refused %s', async (_, ip) => {
    expectProblem(await callOf(loginRoute(), ana, ip), 'risk_refused', 403)
  })

  it('learns nothing of accounts and passwords, and spends none of their attempts', async () => {
    const { email, password } = eve.identity
    const tries = [
      { email, password },
      { email, password: 'wrong-meadow-ripple-11' },
      { email: 'nobody@example.test', password },
    ]
    const counted = await countRows(world.database, acme, 'sign_in_failures')
    const answers = []
    for (const payload of tries) {
      const url = `/t/${acme.slug}/api/auth/login`
      answers.push(await world.app.http.inject({ method: 'POST', url, payload, ...from(DENIED) }))
    }

    const [right, ...others] = answers.map(observable)
    for (const other of others) expect(other).toEqual(right)
    expect(await countRows(world.database, acme, 'sign_in_failures')).toBe(counted)
  })

  it('is in the audit trail with the reason, which the answer does not tell', async () => {
    const { result, events } = await auditedDuring(world, acme, () =>
      callOf(loginRoute(), ana, DENIED),
    )

    expect(result.body).not.toMatch(/network|list/i)
    expect(events).toMatchObject([
      {
        action: 'risk.refused',
        outcome: 'refused',
        details: { event: 'source', reason: 'network_denied' },
      },
    ])
  })

  it('keeps what it has: its tokens and cookies count again at home', async () => {
    const me = { method: 'GET', url: '/api/auth/me' } as const
    const { refreshToken } = ana
    const refresh = { method: 'POST', url: '/api/auth/refresh' } as const
    const payload = { refresh_token: refreshToken }

    for (const actor of [ana, eve]) {
      expectProblem(await actor.request({ ...me, ...from(DENIED) }), 'risk_refused', 403)
      expect((await actor.request({ ...me, ...from(HOME) })).statusCode).toBe(200)
    }
    expectProblem(await ana.request({ ...refresh, payload, ...from(DENIED) }), 'risk_refused', 403)
    expect((await ana.request({ ...refresh, payload, ...from(HOME) })).statusCode).toBe(200)
  })

  it('is nobody at the authorization endpoint, whatever its cookie says', async () => {
    const party = await registerRelyingParty(world, { tenant: acme })
    const query = new URLSearchParams({
      client_id: party.clientId,
      response_type: 'code',
      redirect_uri: 'https://app.example/callback',
      scope: 'openid',
      prompt: 'none',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })
    const url = `/oauth/authorize?${query.toString()}`
    const ask = (ip: string) => eve.request({ method: 'GET', url, ...from(ip) })

    expect((await ask(HOME)).headers.location).toContain('code=')
    expect((await ask(DENIED)).headers.location).toContain('error=login_required')
  })

  it('is recorded a hundred and twenty times a minute at most', async () => {
    const globex = await world.tenant(undefined, { ip_deny_list: [DENIED] })
    const nobody = world.actors.nobody(globex)
    const { events, result } = await auditedDuring(world, globex, async () => {
      const answers = []
      for (let i = 0; i < 125; i++) {
        const request = { method: 'GET', url: '/api/auth/me', ...from(DENIED) } as const
        answers.push((await nobody.request(request)).statusCode)
      }
      return answers
    })

    expect(events).toHaveLength(120)
    expect(result.slice(-5)).toEqual([429, 429, 429, 429, 429])
  })
})

describe('a tenant', () => {
  const login = async (settings: object, ip: string) => {
    const tenant = await world.tenant(undefined, settings)
    const actor = await world.actors.user({ tenant })
    const payload = { email: actor.identity.email, password: actor.identity.password }
    return (await actor.request({ method: 'POST', url: '/api/auth/login', payload, ...from(ip) }))
      .statusCode
  }

  it.each([
    ['allows its own network', { ip_allow_list: ['203.0.113.0/24'] }, HOME, 200],
    ['allows its own network only', { ip_allow_list: ['203.0.113.0/24'] }, DENIED, 403],
    ['allows its own country', { country_allow_list: ['CH'] }, HOME, 200],
    ['allows its own country only', { country_allow_list: ['CH'] }, '198.51.100.1', 403],
    ['takes nowhere for no country', { country_allow_list: ['CH'] }, '10.0.0.1', 403],
    ['denies a country', { country_deny_list: ['FR'] }, '198.51.100.1', 403],
    ['denies one country only', { country_deny_list: ['FR'] }, HOME, 200],
    ['of others is not concerned', {}, DENIED, 200],
  ])('%s', async (_, settings, ip, status) => {
    expect(await login(settings, ip)).toBe(status)
  })
})

function loginRoute(): Route {
  const route = world.app.routes.find(({ path }) => path === '/api/auth/login')
  if (route === undefined) throw new Error('there is no route to sign in')
  return route
}
