import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTenants } from '../../src/domains/tenants/index.ts'
import { newId } from '../../src/kernel/index.ts'
import { openEmbeddedTestDatabase } from '../support/describe-store.ts'
import { expectProblem, expectRegisteredProblem } from '../support/expect-problem.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { openWorld, type World } from '../support/open-world.ts'

/** Threat: a request reaches a tenant that it does not name, or none at all and still does a thing. */
let world: World

beforeAll(async () => {
  const database = await openEmbeddedTestDatabase()
  const clock = new FakeClock()
  const tenants = createTenants(database, 'http://localhost:4820')
  const system = await tenants.findBySlug('system')
  if (system === undefined) throw new Error('the system tenant is missing')
  const source = { ip: 'internal', userAgent: undefined }
  const context = { requestId: newId('req'), tenant: system, principal: undefined, source, clock }
  await tenants.create(context, { slug: 'acme', name: 'Acme' })
  await tenants.create(context, { slug: 'globex', name: 'Globex' })
  world = await openWorld({ database, clock, env: { COUNTERSIGN_DEFAULT_TENANT: 'acme' } })
})
afterAll(() => world.close())

const get = (url: string) => world.app.http.inject({ url })

describe('a tenant that does not exist', () => {
  it.each([
    'nowhere',
    'Acme',
    'acme%00',
    'acme%20',
    '-acme',
    'acme%2f..%2fglobex',
    "acme'--",
    'ａｃｍｅ',
    'a'.repeat(64),
    'a'.repeat(190),
  ])('is 404 under the name "%s"', async (slug) => {
    const answer = await get(`/t/${slug}/api/auth/password/policy`)

    expect(answer.statusCode).toBe(404)
    expectRegisteredProblem(answer)
  })

  it('answers every public route alike', async () => {
    for (const route of world.app.routes.filter((route) => route.auth.kind === 'public')) {
      const body = route.body === undefined ? {} : { payload: {} }
      const answer = await world.app.http.inject({
        method: route.method,
        url: `/t/nowhere${route.path}`,
        ...body,
      })
      expect([route.id, answer.statusCode]).toEqual([route.id, 404])
    }
  })
})

describe('an address that is no address', () => {
  it.each([
    '/t/%E0%A4%A/api/auth/me',
    '/t/acme/api/admin/users/%FF',
    `/t/${'a'.repeat(300)}/api/auth/me`,
    `/t/acme/api/admin/users/${'x'.repeat(300)}`,
    '/t//api/auth/me',
    '//evil.test/t/acme/jwks.json',
  ])('%s is refused with a registered code', async (url) => {
    const answer = await get(url)

    expect(answer.statusCode).toBeGreaterThanOrEqual(400)
    expect(answer.statusCode).toBeLessThan(500)
    expectRegisteredProblem(answer)
  })
})

describe('the default tenant', () => {
  it('is served without the prefix, under its one issuer', async () => {
    const plain = await get('/.well-known/openid-configuration')
    const prefixed = await get('/t/acme/.well-known/openid-configuration')

    expect(plain.statusCode).toBe(200)
    expect(plain.body).toBe(prefixed.body)
    expect((await get('/jwks.json')).body).toBe((await get('/t/acme/jwks.json')).body)
    expect((await get('/api/auth/password/policy')).statusCode).toBe(200)
  })

  it('does not become the tenant of a request that names another one', async () => {
    const other = await get('/t/globex/.well-known/openid-configuration')

    expect(other.json().issuer).toBe('http://localhost:4820/t/globex')
    expectProblem(await get('/t/nowhere/jwks.json'), 'tenant_not_found', 404)
  })

  it('signs in without the prefix and gets tokens of its own', async () => {
    const acme = await world.app.tenants.findBySlug('acme')
    if (acme === undefined) throw new Error('no acme')
    const ana = await world.actors.user({ tenant: acme })
    const { email, password } = ana.identity

    const login = await world.app.http.inject({
      method: 'POST',
      url: '/api/auth/login',
      payload: { email, password },
    })
    ana.accessToken = login.json().access_token

    expect((await ana.call('GET', '/api/auth/me')).json()).toMatchObject({ email })
  })

  it('is not there unless the operator says so', async () => {
    const plain = await openWorld()

    const answer = await plain.app.http.inject({ url: '/jwks.json' })

    expectProblem(answer, 'not_found', 404)
    await plain.close()
  })

  it('does not lend its prefixless paths to the operators’ ones', async () => {
    const answer = await get('/api/system/tenants')

    expectProblem(answer, 'authentication_required', 401)
    expectProblem(await get('/t/acme/api/system/tenants'), 'not_found', 404)
  })
})

it('serves the transmitter of security events of the default tenant without a prefix', async () => {
  const metadata = await get('/.well-known/ssf-configuration')
  const streams = await get('/ssf/streams')

  expect(metadata.json().issuer).toBe('http://localhost:4820/t/acme')
  expect(streams.json().code).toBe('authentication_required')
})
