import { expect, it } from 'vitest'
import { describeStore, type StoreWorld } from '../../../../test/support/describe-store.ts'
import { insertBareUser } from '../../../../test/support/start-bare-session.ts'
import { newId, toUuid } from '../../../kernel/index.ts'
import { sql } from '../../../platform/db/index.ts'
import { addConsent, type Consent, listConsents } from './consent-store.ts'

const NOTHING: Consent = { scopes: [], claims: [], resources: {} }

async function setUp(open: () => Promise<StoreWorld>) {
  const world = await open()
  const tenant = await world.tenant()
  const user = await insertBareUser(world, tenant)
  const client = newId('cli')
  const now = world.clock.now()
  await world.database.tenantBatch(tenant.id, [
    sql`INSERT INTO oauth_clients (tenant_id, id, profile, name, status, is_first_party, metadata,
                                   version, created_at, updated_at)
        VALUES (current_tenant_id(), ${toUuid(client)}, 'web', 'Shop', 'active', false, '{}', 1,
                ${now}, ${now})`,
  ])
  const add = (consent: Partial<Consent>) =>
    world.database.tenantBatch(tenant.id, [
      addConsent(user, client, { consent: { ...NOTHING, ...consent }, now: world.clock.now() }),
    ])
  const read = async () => {
    const [rows] = await world.database.tenantBatch(tenant.id, [listConsents(user, undefined)])
    return rows.map(({ scopes, claims, resources }) => ({
      scopes: scopes.toSorted(),
      claims: claims.toSorted(),
      resources,
    }))
  }
  return { add, read }
}

describeStore('what a user allowed a client', (open) => {
  it('grows by what is allowed later, and says nothing twice', async () => {
    const { add, read } = await setUp(open)
    await add({ scopes: ['openid', 'email'], claims: ['name'], resources: { 'urn:a': ['read'] } })

    await add({ scopes: ['email', 'profile'], claims: ['name', 'zoneinfo'] })
    await add({ resources: { 'urn:a': ['write', 'read'], 'urn:b': ['pay'] } })

    expect(await read()).toEqual([
      {
        scopes: ['email', 'openid', 'profile'],
        claims: ['name', 'zoneinfo'],
        resources: { 'urn:a': ['read', 'write'], 'urn:b': ['pay'] },
      },
    ])
  })

  it('loses nothing of 50 windows that allow different things at once', async () => {
    const { add, read } = await setUp(open)
    const names = Array.from({ length: 50 }, (_, n) => `scope-${n}`)

    await Promise.all(names.map((name) => add({ scopes: [name], resources: { 'urn:a': [name] } })))

    expect(await read()).toMatchObject([{ scopes: names.toSorted() }])
    expect((await read())[0]?.resources['urn:a']?.toSorted()).toEqual(names.toSorted())
  })
})
