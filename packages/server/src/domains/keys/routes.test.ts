import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createWorld,
  openEmbeddedTestDatabase,
  type StoreWorld,
} from '../../../test/support/describe-store.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { Secret } from '../../kernel/index.ts'
import { createSealer } from '../../platform/crypto/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { createKeys, keyAuditEvents, keyRoutes, type Keys } from './index.ts'

const sealer = createSealer({ masterKey: new Secret<Uint8Array>(randomBytes(32)) })

interface RawInput {
  readonly tenant?: Tenant
  readonly params?: Record<string, string>
  readonly query?: Record<string, string>
  readonly body?: Record<string, unknown>
}

/** Calls a route as the HTTP layer does: input parsed, answer stripped by its schema. */
async function call(world: StoreWorld, keys: Keys, id: string, raw: RawInput = {}) {
  const tenant = raw.tenant ?? (await world.tenant())
  await keys.signer(tenant)
  const route = keyRoutes({ keys }).find((each) => each.id === id)
  if (route === undefined) throw new Error(`no route ${id}`)
  const input = {
    params: route.params?.parse(raw.params ?? {}),
    query: route.query?.parse(raw.query ?? {}),
    body: route.body?.parse(raw.body),
    cookie: () => undefined,
  }
  const reply = await route.handler(world.context(tenant), input as never)
  const body = route.responses[reply.status]?.schema?.parse(reply.body)
  return { reply, body: body as Record<string, unknown>, route, tenant }
}

describe('routes of signing keys', () => {
  let world: StoreWorld
  let keys: Keys
  beforeAll(async () => {
    world = createWorld(await openEmbeddedTestDatabase(), new FakeClock())
    keys = createKeys({ database: world.database, sealer, clock: world.clock })
  })
  afterAll(() => world.database.close())

  it('anyone may read the key set, and keep it for five minutes', async () => {
    const { body, route, tenant } = await call(world, keys, 'getJwks')

    expect(route).toMatchObject({
      path: '/jwks.json',
      auth: { kind: 'public' },
      cacheControl: 'public, max-age=300',
    })
    const published = body['keys'] as Record<string, unknown>[]
    expect(published).toHaveLength(2)
    expect(published.map((jwk) => jwk['kid'])).toContain((await keys.signer(tenant)).keyId)
    for (const jwk of published) {
      expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    }
  })

  it('lists keys page by page', async () => {
    const { body } = await call(world, keys, 'listSigningKeys', { query: { limit: '1' } })

    const [key] = body['data'] as Record<string, unknown>[]
    expect(body['data']).toHaveLength(1)
    expect(key).toMatchObject({ status: 'next' })
    expect(body['next']).toBe(key?.['id'])
  })

  it('rotates with `force`, and says what is published now', async () => {
    const { body } = await call(world, keys, 'rotateSigningKeys', { body: { force: true } })

    const data = body['data'] as Record<string, unknown>[]
    expect(data.map((key) => key['status'])).toEqual(['next', 'active', 'retiring'])
  })

  it('does not force without being told, nor take unknown members', async () => {
    await expect(call(world, keys, 'rotateSigningKeys')).rejects.toMatchObject({
      code: 'signing_key_too_new',
    })
    const body = { force: true, status: 'active' }
    await expect(call(world, keys, 'rotateSigningKeys', { body })).rejects.toMatchObject({
      name: 'ZodError',
    })
  })

  it('revokes the key in the path', async () => {
    const tenant = await world.tenant()
    const { keyId } = await keys.signer(tenant)

    const params = { key_id: keyId }
    const { body } = await call(world, keys, 'revokeSigningKey', { tenant, params })

    expect(body).toMatchObject({ id: keyId, status: 'revoked' })
  })

  it.each([
    ['listSigningKeys', 'keys.read'],
    ['rotateSigningKeys', 'keys.write'],
    ['revokeSigningKey', 'keys.write'],
  ])('%s needs %s, and names audit events that exist', (id, permission) => {
    const route = keyRoutes({ keys }).find((each) => each.id === id)

    expect(route?.auth).toEqual({ kind: 'permission', permission })
    const audit = route?.audit ?? { none: '' }
    const events = 'events' in audit ? audit.events : []
    for (const event of events) expect(Object.keys(keyAuditEvents)).toContain(event)
  })
})
