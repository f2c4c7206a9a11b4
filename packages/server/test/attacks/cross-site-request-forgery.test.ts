import type { InjectOptions } from 'light-my-request'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { tenantState } from './tenant-state.ts'

/** Threat: a page of another site uses the browser of somebody who is signed in here. */
let world: World
let acme: Tenant
let globex: Tenant
let ana: Actor

const OWN_ORIGIN = 'http://localhost:4820'

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant('acme')
  globex = await world.tenant('globex')
})
beforeEach(async () => {
  ana = await world.actors.user({ tenant: acme })
  await ana.signInWithCookie()
})
afterAll(() => world.close())

/** Each asks for a change with the victim's cookie and whatever else the attack can send. */
async function expectNothingChanged(
  options: Omit<InjectOptions, 'url'>,
  [code, status]: readonly [string, number],
): Promise<void> {
  const before = await tenantState(world, acme)
  const calls: InjectOptions[] = [
    { method: 'PATCH', url: '/api/auth/me', payload: { display_name: 'Mallory' } },
    { method: 'POST', url: '/api/auth/logout' },
    { method: 'DELETE', url: '/api/auth/sessions' },
    { method: 'DELETE', url: '/api/auth/me', payload: { current_password: ana.identity.password } },
  ]

  for (const call of calls) {
    const { events } = await auditedDuring(world, acme, async () => {
      const answer = await ana.request({ ...call, ...options })
      expectProblem(answer, code, status)
    })
    expect(events.filter((event) => event.outcome === 'success')).toEqual([])
  }

  expect(await tenantState(world, acme)).toEqual(before)
}

describe('a request that carries the cookie of a victim', () => {
  it('works with the CSRF token, so that the refusals below mean something', async () => {
    const answer = await ana.request({
      method: 'PATCH',
      url: '/api/auth/me',
      payload: { display_name: 'Ana' },
      headers: { origin: OWN_ORIGIN, 'sec-fetch-site': 'same-origin' },
    })

    expect(answer.statusCode).toBe(200)
  })

  it('is refused without a CSRF token', async () => {
    await expectNothingChanged({ headers: { 'x-csrf-token': '' } }, ['csrf_token_invalid', 403])
  })

  it('is refused with a CSRF token of another session, even of the same user', async () => {
    const other = await world.actors.user({ tenant: acme })
    await other.signInWithCookie()
    const headers = { 'x-csrf-token': other.csrfToken ?? '' }

    await expectNothingChanged({ headers }, ['csrf_token_invalid', 403])
  })

  it('is refused with a CSRF token of the right length that is wrong at its end', async () => {
    const right = ana.csrfToken ?? ''
    const wrong = `${right.slice(0, -1)}${right.endsWith('A') ? 'E' : 'A'}`

    await expectNothingChanged({ headers: { 'x-csrf-token': wrong } }, ['csrf_token_invalid', 403])
  })

  it.each([
    'https://evil.test',
    'null',
    'http://localhost:4821',
    'https://localhost:4820',
    'http://localhost:4820.evil.test',
    'http://acme.localhost:4820',
    '',
  ])('is refused from origin "%s", CSRF token or not', async (origin) => {
    await expectNothingChanged({ headers: { origin } }, ['origin_refused', 403])
  })

  it('is refused from another site even where the browser sends no origin', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' }

    await expectNothingChanged({ headers }, ['origin_refused', 403])
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; charset=application/json',
    'application/jsonx',
  ])('is refused as %s, which a form can send', async (type) => {
    const before = await tenantState(world, acme)
    const headers = { 'content-type': type }

    for (const url of ['/api/auth/me', '/api/auth/password/change', '/api/auth/login']) {
      const method = url.endsWith('me') ? 'PATCH' : 'POST'
      const payload = '{"display_name":"Mallory"}'
      const answer = await ana.request({ method, url, headers, payload })
      expectProblem(answer, 'unsupported_media_type', 415)
    }

    expect(await tenantState(world, acme)).toEqual(before)
  })
})

describe('login CSRF', () => {
  it('gives no cookie of the attacker’s account to a browser that comes from another site', async () => {
    const mallory = await world.actors.user({ tenant: acme })
    const { email, password } = mallory.identity
    const before = await tenantState(world, acme)

    for (const headers of [{ origin: 'https://evil.test' }, { 'sec-fetch-site': 'cross-site' }]) {
      const answer = await mallory.request({
        method: 'POST',
        url: '/api/auth/login',
        payload: { email, password, transport: 'cookie' },
        headers,
      })
      expectProblem(answer, 'origin_refused', 403)
      expect(answer.headers['set-cookie']).toBeUndefined()
    }

    expect(await tenantState(world, acme)).toEqual(before)
  })
})

describe('the session cookie', () => {
  it('is one that no other host, path, script or plain connection gets', async () => {
    const answer = await ana.login({ transport: 'cookie' })

    const [pair = '', ...attributes] = String([answer.headers['set-cookie']].flat()[0]).split('; ')
    expect(pair).toMatch(/^__Host-cs_acme_session=ses_[0-9a-z]{26}\.[\w-]{43}$/)
    expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
    expect(answer.body).not.toContain(pair.split('=')[1])
    expect(answer.json()).not.toHaveProperty('access_token')
    expect(answer.json()).not.toHaveProperty('refresh_token')
  })

  it('is new at every sign-in, whatever the browser brings (session fixation)', async () => {
    const brought = ana.cookie

    await ana.signInWithCookie()

    expect(ana.cookie).not.toBe(brought)
  })

  it('is deleted by the sign-out', async () => {
    const answer = await ana.call('POST', '/api/auth/logout')

    expect(answer.statusCode).toBe(204)
    expect(String(answer.headers['set-cookie'])).toBe(
      '__Host-cs_acme_session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
    )
    expectProblem(await ana.call('GET', '/api/auth/me'), 'authentication_required', 401)
  })

  it('of one tenant opens nothing at another, under either name', async () => {
    const value = (ana.cookie ?? '').split('=')[1] ?? ''
    const before = await tenantState(world, acme)

    for (const name of ['__Host-cs_acme_session', '__Host-cs_globex_session']) {
      const answer = await world.actors.nobody(globex).request({
        url: '/api/auth/me',
        headers: { cookie: `${name}=${value}`, 'x-csrf-token': ana.csrfToken ?? '' },
      })
      expectProblem(answer, 'authentication_required', 401)
    }

    expect(await tenantState(world, acme)).toEqual(before)
  })

  it('is refused with a changed secret, another id, or cut off', async () => {
    const ben = await world.actors.user({ tenant: acme })
    await ben.signInWithCookie()
    const [own = '', other = ''] = [ana.cookie, ben.cookie].map((cookie) => cookie?.split('=')[1])
    const secret = own.slice(31)

    for (const value of [own.slice(0, -1), `${other.slice(0, 30)}.${secret}`, own.slice(0, 30)]) {
      const answer = await world.actors.nobody(acme).request({
        url: '/api/auth/me',
        headers: { cookie: `__Host-cs_acme_session=${value}` },
      })
      expectProblem(answer, 'authentication_required', 401)
    }
  })
})
