import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../../../src/kernel/index.ts'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { readAudit } from '../../support/audit-trail.ts'
import { openWorld, type World } from '../../support/open-world.ts'

const PATH = '/api/admin/trusted-issuers'
let world: World
let tenant: Tenant
let dan: Actor

beforeAll(async () => {
  world = await openWorld()
  tenant = await world.tenant()
  dan = await world.actors.signedIn({ tenant, roles: ['admin'] })
})
afterAll(() => world.close())

const wanted = (more: object = {}) => ({
  issuer: `https://${newId('tis').slice(4)}.example`,
  jwks_uri: 'https://issuer.example/keys.json',
  subject_mapping: 'email',
  client_ids: [newId('cli')],
  scopes: ['read'],
  ...more,
})

it('an administrator trusts an issuer, sees it, and trusts it no more', async () => {
  const body = wanted()
  const created = await dan.call('POST', PATH, body)
  expect([created.statusCode, created.json()]).toMatchObject([201, body])
  const { id } = created.json<{ id: string }>()

  expect((await dan.call('GET', PATH)).json()).toMatchObject({ data: [{ id, ...body }] })
  expect((await dan.call('POST', PATH, body)).statusCode).toBe(409)
  expect((await dan.call('DELETE', `${PATH}/${id}`)).statusCode).toBe(204)
  expect((await dan.call('DELETE', `${PATH}/${id}`)).statusCode).toBe(404)
  expect((await dan.call('GET', PATH)).json()).toMatchObject({ data: [] })
  const actions = (await readAudit(world, tenant)).map(({ action }) => action)
  expect(actions).toEqual(
    expect.arrayContaining(['trusted_issuer.created', 'trusted_issuer.deleted']),
  )
})

it('nobody of another tenant sees or deletes it', async () => {
  const { id } = (await dan.call('POST', PATH, wanted())).json<{ id: string }>()
  const other = await world.actors.signedIn({ tenant: await world.tenant(), roles: ['admin'] })

  expect((await other.call('GET', PATH)).json()).toMatchObject({ data: [] })
  expect((await other.call('DELETE', `${PATH}/${id}`)).statusCode).toBe(404)
})

it.each<[string, object]>([
  ['plain http', { issuer: 'http://issuer.example' }],
  ['keys at plain http', { jwks_uri: 'http://issuer.example/keys.json' }],
  ['no keys', { jwks_uri: undefined }],
  ['keys twice', { jwks: { keys: [{ kty: 'EC' }] } }],
  ['a private key', { jwks_uri: undefined, jwks: { keys: [{ kty: 'EC', d: 'x' }] } }],
  ['a secret', { jwks_uri: undefined, jwks: { keys: [{ kty: 'oct', k: 'x' }] } }],
  ['no client', { client_ids: [] }],
  ['no scope', { scopes: [] }],
  ['the scope of our own API', { scopes: ['account'] }],
])('refuses %s', async (_what, more) => {
  expect((await dan.call('POST', PATH, wanted(more))).statusCode).toBe(400)
})

it('refuses the tenant itself', async () => {
  // The tests run without TLS, so its issuer can't be sent: it is no https address.
  const context = world.internalContext(tenant)
  const input = {
    issuer: tenant.issuer,
    jwks: undefined,
    jwksUri: 'https://issuer.example/keys.json',
    subjectMapping: 'email',
    clientIds: [],
    scopes: [],
  } as const

  await expect(world.app.trustedIssuers.create(context, input)).rejects.toMatchObject({
    code: 'trusted_issuer_is_own',
  })
})
