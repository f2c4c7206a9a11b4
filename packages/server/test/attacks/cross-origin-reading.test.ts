import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'

/** Threat: a page of another site reads answers that a browser fetched with somebody's cookie. */
const APP = 'https://app.acme.test'
const STRANGERS = [
  'https://evil.test',
  'https://app.acme.test.evil.test',
  'https://evil-app.acme.test',
  'http://app.acme.test',
  'https://app.acme.test:8443',
  'null',
]

let closed: World
let opened: World
let acme: Tenant

beforeAll(async () => {
  closed = await openWorld()
  opened = await openWorld({ env: { COUNTERSIGN_ALLOWED_ORIGINS: APP } })
  acme = await opened.tenant('acme')
  await closed.tenant('acme')
})
afterAll(async () => {
  await closed.close()
  await opened.close()
})

function preflight(world: World, origin: string) {
  return world.app.http.inject({
    method: 'OPTIONS',
    url: '/t/acme/api/auth/me',
    headers: { origin, 'access-control-request-method': 'GET' },
  })
}

function read(world: World, origin: string) {
  return world.app.http.inject({
    url: '/t/acme/api/auth/password/policy',
    headers: { origin },
  })
}

describe('without allowed origins', () => {
  it('no page of another origin may read anything', async () => {
    for (const origin of [APP, ...STRANGERS]) {
      for (const answer of [await preflight(closed, origin), await read(closed, origin)]) {
        expect(answer.headers['access-control-allow-origin']).toBeUndefined()
        expect(answer.headers['access-control-allow-credentials']).toBeUndefined()
      }
    }
  })
})

describe('with an allowed origin', () => {
  it('lets its pages read answers, with credentials, and says that answers vary', async () => {
    for (const answer of [await preflight(opened, APP), await read(opened, APP)]) {
      expect(answer.headers['access-control-allow-origin']).toBe(APP)
      expect(answer.headers['access-control-allow-credentials']).toBe('true')
      expect(String(answer.headers['vary'])).toMatch(/origin/i)
    }
  })

  it('lets its pages send every method and header that the API reads, and read its own', async () => {
    const allowed = (await preflight(opened, APP)).headers
    const methods = String(allowed['access-control-allow-methods']).split(', ')
    const sent = String(allowed['access-control-allow-headers'])
    const shown = String((await read(opened, APP)).headers['access-control-expose-headers'])

    for (const { method } of opened.app.routes) expect(methods).toContain(method)
    for (const name of ['authorization', 'x-csrf-token', 'if-match', 'idempotency-key']) {
      expect(sent).toContain(name)
    }
    for (const name of [
      'etag',
      'retry-after',
      'ratelimit',
      'x-request-id',
      'idempotency-replayed',
    ]) {
      expect(shown).toContain(name)
    }
  })

  it('lets its pages read refusals too', async () => {
    const answer = await opened.app.http.inject({
      url: '/t/acme/api/auth/me',
      headers: { origin: APP },
    })

    expectProblem(answer, 'authentication_required', 401)
    expect(answer.headers['access-control-allow-origin']).toBe(APP)
  })

  it.each(STRANGERS)('lets no page of %s read anything', async (origin) => {
    for (const answer of [await preflight(opened, origin), await read(opened, origin)]) {
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  it('lets its pages sign in and change things, which strangers may not', async () => {
    const ana = await opened.actors.user({ tenant: acme })
    const { email, password } = ana.identity
    const signIn = (origin: string) =>
      ana.request({
        method: 'POST',
        url: '/api/auth/login',
        payload: { email, password },
        headers: { origin },
      })

    expect((await signIn(APP)).statusCode).toBe(200)
    for (const origin of STRANGERS) expectProblem(await signIn(origin), 'origin_refused', 403)
  })
})
