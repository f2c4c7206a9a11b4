import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { openWorld, type World } from '../../support/open-world.ts'

let world: World
let tenant: Tenant
let dan: Actor

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant()
  dan = await world.actors.signedIn({ tenant, roles: ['admin'] })
})
afterAll(() => world.close())

async function initialToken(): Promise<string> {
  const answer = await dan.call('POST', '/api/admin/clients/registration-tokens')
  expect(answer.statusCode).toBe(201)
  return answer.json<{ initial_access_token: string }>().initial_access_token
}

function register(token: string | undefined, payload: object) {
  return world.app.http.inject({
    method: 'POST',
    url: `/t/${tenant.slug}/oauth/register`,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    payload,
  })
}

it('RFC 7591 §3: registers a client whose secret works, and is stored as a hash only', async () => {
  const answer = await register(await initialToken(), {
    client_name: 'Partner',
    redirect_uris: ['https://partner.example/callback'],
  })
  expect([answer.statusCode, answer.body]).toEqual([201, expect.any(String)])
  const { client_id, client_secret } = answer.json<Record<string, string>>()

  const shown = await dan.call('GET', `/api/admin/clients/${client_id ?? ''}`)
  expect(shown.json()).toMatchObject({ profile: 'web', first_party: false, name: 'Partner' })
  const introspected = await world.app.http.inject({
    method: 'POST',
    url: `/t/${tenant.slug}/oauth/introspect`,
    headers: {
      authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: 'token=x',
  })
  expect(introspected.json()).toEqual({ active: false })
})

it('RFC 7591 §1.2: registers nothing without an initial access token', async () => {
  const payload = { redirect_uris: ['https://partner.example/callback'] }

  expect((await register(undefined, payload)).statusCode).toBe(401)
  expect((await register('nonsense', payload)).statusCode).toBe(401)
})

it.each([
  ['a script as address', { redirect_uris: ['javascript:alert(1)'] }],
  ['plain http', { redirect_uris: ['http://partner.example/callback'] }],
  ['user information', { redirect_uris: ['https://a@partner.example/callback'] }],
  ['a script as link', { redirect_uris: [GOOD()], client_uri: 'javascript:alert(1)' }],
  ['a symmetric algorithm', { redirect_uris: [GOOD()], id_token_signed_response_alg: 'HS256' }],
  ['a resource of others', { redirect_uris: [GOOD()], grant_types: ['implicit'] }],
])('RFC 7591 §3.2.2: refuses %s', async (_, payload) => {
  const answer = await register(await initialToken(), payload)

  expect(answer.statusCode).toBe(400)
  expect(answer.json<{ error: string }>().error).toMatch(
    /^invalid_(?:client_metadata|redirect_uri)$/,
  )
})

it('RFC 7591 §5: whoever has a token registers no flood of clients', async () => {
  const { slug } = await world.tenant()
  const statuses: number[] = []
  for (let attempt = 0; attempt < 61; attempt++) {
    const url = `/t/${slug}/oauth/register`
    const answer = await world.app.http.inject({ method: 'POST', url, payload: {} })
    statuses.push(answer.statusCode)
  }

  expect(new Set(statuses.slice(0, 60))).toEqual(new Set([401]))
  expect(statuses[60]).toBe(429)
})

it('a client of others gives itself no resource, no token of others, and nothing of its users', async () => {
  const answer = await register(await initialToken(), {
    redirect_uris: [GOOD()],
    resources: ['https://api.example'],
    serves_resources: ['https://api.example'],
    access_token_claims: ['email'],
    first_party: true,
  })

  const { client_id = '' } = answer.json<Record<string, string>>()
  const shown = await dan.call('GET', `/api/admin/clients/${client_id}`)
  expect(shown.json()).toMatchObject({ first_party: false })
  expect(shown.body).not.toContain('api.example')
  // No user would be asked for it.
  expect(shown.body).not.toContain('access_token_claims')
})

function GOOD() {
  return 'https://partner.example/callback'
}
