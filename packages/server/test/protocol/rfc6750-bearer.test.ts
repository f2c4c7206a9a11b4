import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { Actor } from '../support/actors.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World
let acme: Tenant
let ana: Actor

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
  ana = await world.actors.signedIn({ tenant: acme })
})
afterAll(() => world.close())

const me = (headers: Record<string, string>, query = '') =>
  world.actors.nobody(acme).request({ url: `/api/auth/me${query}`, headers })

describe('RFC 6750 §3: the challenge', () => {
  it('has no error code when the request has no credential', async () => {
    const answer = await me({})

    expectProblem(answer, 'authentication_required', 401)
    expect(answer.headers['www-authenticate']).toBe('Bearer')
  })

  it('§3.1: says invalid_token when there is one that is not good, and not why', async () => {
    for (const token of ['a.b.c', `${ana.accessToken}x`, 'e30.e30.e30']) {
      const answer = await me({ authorization: `Bearer ${token}` })

      expectProblem(answer, 'invalid_token', 401)
      expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
    }
  })

  it('§3.1: comes with every 401 and with no other status', async () => {
    const wrongLogin = await ana.login({ password: 'wrong-guess-1234' })
    const forbidden = await ana.call('GET', '/api/admin/users')
    const missing = await ana.call('GET', '/api/nowhere')

    expect(wrongLogin.statusCode).toBe(401)
    expect(wrongLogin.headers['www-authenticate']).toMatch(/^Bearer/)
    expect(forbidden.headers['www-authenticate']).toBeUndefined()
    expect(missing.headers['www-authenticate']).toBeUndefined()
  })
})

describe('RFC 6750 §2: the token', () => {
  it('§2.1, RFC 9110 §11.1: may come under any spelling of the scheme', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer ']) {
      const answer = await me({ authorization: `${scheme} ${ana.accessToken}` })
      expect(answer.statusCode).toBe(200)
    }
  })

  it('§2.3: is not taken from the query, where logs keep it', async () => {
    const answer = await me({}, `?access_token=${ana.accessToken}`)

    expectProblem(answer, 'authentication_required', 401)
  })

  it('§2.2: is not taken from a form', async () => {
    const answer = await world.actors.nobody(acme).request({
      method: 'POST',
      url: '/api/auth/logout',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `access_token=${ana.accessToken}`,
    })

    expect([401, 415]).toContain(answer.statusCode)
    expect((await ana.call('GET', '/api/auth/me')).statusCode).toBe(200)
  })

  it.each(['Basic', 'DPoP', 'Token', 'Bearer:', ''])(
    'is refused under the scheme "%s"',
    async (scheme) => {
      const answer = await me({ authorization: `${scheme} ${ana.accessToken}` })

      expectProblem(answer, 'authentication_required', 401)
    },
  )

  it('RFC 9700 §4.3.2: that is wrong is not helped by a good cookie beside it', async () => {
    const ben = await world.actors.user({ tenant: acme })
    await ben.signInWithCookie()

    const answer = await me({ authorization: 'Bearer a.b.c', cookie: ben.cookie ?? '' })

    expectProblem(answer, 'invalid_token', 401)
  })

  it('needs no CSRF token: no browser adds it on its own', async () => {
    const answer = await ana.call('PATCH', '/api/auth/me', { display_name: 'Ana' })

    expect(answer.statusCode).toBe(200)
  })
})
