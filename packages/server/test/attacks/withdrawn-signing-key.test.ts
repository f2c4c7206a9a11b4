import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { type KeyId, seconds } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { openWorld, type World } from '../support/open-world.ts'

/**
 * Threat: a signing key is stolen and withdrawn on one node, and another one goes on to publish it,
 * to sign with it or to trust it, because it has it in memory.
 */
let world: World
let other: World
let acme: Tenant
let dan: Actor
let ana: Actor

beforeAll(async () => {
  world = await openWorld({ withoutJobs: true })
  other = await openWorld({ withoutJobs: true, besides: world, clock: world.clock })
})
afterAll(async () => {
  await other.app.http.close()
  await world.close()
})
beforeEach(async () => {
  acme = await world.tenant()
  dan = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
  ana = await world.actors.signedIn({ tenant: acme })
  // By now the other node knows the tenant, has its keys in memory and a verifier for its tokens.
  await settled()
  expect((await me(ana)).statusCode).toBe(200)
})

const kidOf = (token = '') => decodeProtectedHeader(token).kid as KeyId

/** The longest for which a node remembers a tenant. */
const settled = async () => {
  world.clock.advance(seconds(2))
}

const get = (url: string, headers = {}) =>
  other.app.http.inject({ method: 'GET', url: `/t/${acme.slug}${url}`, headers })

const me = ({ accessToken }: Actor) =>
  get('/api/auth/me', { authorization: `Bearer ${accessToken}` })

describe('the other node, two seconds later', () => {
  it('neither publishes nor signs with a key that was revoked, nor takes its tokens', async () => {
    const kid = kidOf(ana.accessToken)
    expect((await dan.call('POST', `/api/admin/keys/${kid}/revoke`)).statusCode).toBe(200)

    await settled()

    expect((await me(ana)).statusCode).toBe(401)
    const { keys } = (await get('/jwks.json')).json<{ keys: { kid: string }[] }>()
    expect(keys.map((key) => key.kid)).not.toContain(kid)
    const login = await other.app.http.inject({
      method: 'POST',
      url: `/t/${acme.slug}/api/auth/login`,
      payload: { email: ana.identity.email, password: ana.identity.password },
    })
    expect(login.statusCode).toBe(200)
    expect(kidOf(login.json<{ access_token: string }>().access_token)).not.toBe(kid)
  })

  it('takes tokens of the key that has signed since, with the verifier that it had', async () => {
    const before = kidOf(ana.accessToken)
    expect((await dan.call('POST', '/api/admin/keys/rotate', { force: true })).statusCode).toBe(200)
    expect((await dan.call('POST', '/api/admin/keys/rotate', { force: true })).statusCode).toBe(200)
    await ana.signIn()
    expect(kidOf(ana.accessToken)).not.toBe(before)

    await settled()

    expect((await me(ana)).statusCode).toBe(200)
  })
})

it('shows the version of the keys to nobody', async () => {
  const system = await world.app.tenants.findBySlug('system')
  if (system === undefined) throw new Error('the system tenant is missing')
  const operator = await world.actors.signedIn({ tenant: system, roles: ['operator'] })

  const path = `/api/system/tenants/${acme.id}`
  const answers = [
    await operator.call('GET', path),
    await operator.call('GET', '/api/system/tenants'),
    await operator.call('PATCH', path, { name: 'Acme' }),
  ]

  for (const { statusCode, body } of answers) {
    expect(statusCode).toBe(200)
    expect(body).not.toMatch(/keys.?version/i)
  }
})

it('leaves the entity tag of a tenant alone when keys change', async () => {
  const system = await world.app.tenants.findBySlug('system')
  if (system === undefined) throw new Error('the system tenant is missing')
  const operator = await world.actors.signedIn({ tenant: system, roles: ['operator'] })
  const tag = async () =>
    (await operator.call('GET', `/api/system/tenants/${acme.id}`)).headers['etag']
  const before = await tag()

  await dan.call('POST', '/api/admin/keys/rotate', { force: true })

  expect(before).toBeDefined()
  expect(await tag()).toBe(before)
})
