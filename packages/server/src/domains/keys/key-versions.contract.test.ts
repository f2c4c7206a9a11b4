import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import { Secret, seconds } from '../../kernel/index.ts'
import { createSealer } from '../../platform/crypto/index.ts'
import { type Database, sql } from '../../platform/db/index.ts'
import { createTenants, type Tenant, TenantDirectory } from '../tenants/index.ts'
import { createKeys } from './index.ts'

const sealer = createSealer({ masterKey: new Secret<Uint8Array>(randomBytes(32)) })

/** A node with a memory of its own, which finds tenants as requests do. */
function openNode({ database, clock }: StoreWorld) {
  const reads = { count: 0 }
  const counting: Database = {
    ...database,
    tenantBatch: (...batch) => {
      reads.count += 1
      return database.tenantBatch(...batch)
    },
  }
  const tenants = createTenants(database, 'https://id.example.test')
  const directory = new TenantDirectory(tenants.findBySlugs, clock)
  const find = async ({ slug }: Tenant): Promise<Tenant> => {
    const found = await directory.resolve(slug)
    if (found === undefined) throw new Error(`there is no tenant ${slug}`)
    return found
  }
  return { keys: createKeys({ database: counting, sealer, clock }), find, reads }
}

describeStore('signing keys in memory', (open) => {
  async function start() {
    const world = await open()
    const tenant = await world.tenant()
    const [one, two] = [openNode(world), openNode(world)]
    await one.keys.signer(tenant)
    await two.keys.signer(await two.find(await world.reread(tenant)))
    return { world, tenant, one, two, context: world.context(tenant) }
  }

  it('are not read again while their version stays', async () => {
    const { world, tenant, one } = await start()
    await one.keys.signer(await one.find(tenant))
    world.clock.advance(seconds(2))
    await one.keys.signer(await one.find(tenant))
    one.reads.count = 0

    for (let passed = 0; passed < 40; passed += 2) {
      world.clock.advance(seconds(2))
      const found = await one.find(tenant)
      const { keyId } = await one.keys.signer(found)
      await one.keys.jwks(found)
      await one.keys.verificationKeys(found).findKey(found.issuer, keyId)
    }

    expect(one.reads.count).toBe(0)
  })

  it('a rotation on another node holds within two seconds', async () => {
    const { world, tenant, one, two, context } = await start()
    const before = await two.keys.signer(await two.find(tenant))
    await one.keys.rotate(context, { force: true })

    world.clock.advance(seconds(2))

    const after = await two.keys.signer(await two.find(tenant))
    expect(after.keyId).not.toBe(before.keyId)
    expect(after.keyId).toBe((await one.keys.signer(tenant)).keyId)
  })

  it('a revocation on another node holds within two seconds, to sign and to verify', async () => {
    const { world, tenant, one, two, context } = await start()
    const { keyId } = await two.keys.signer(await two.find(tenant))
    await one.keys.revoke(context, keyId)

    world.clock.advance(seconds(2))

    const found = await two.find(tenant)
    expect((await two.keys.signer(found)).keyId).not.toBe(keyId)
    expect(await two.keys.verificationKeys(found).findKey(tenant.issuer, keyId)).toBeUndefined()
    expect((await two.keys.jwks(found)).keys.map(({ kid }) => kid)).not.toContain(keyId)
  })

  it('are those of now for a caller whose tenant is older than they are', async () => {
    const { world, tenant, one, two, context } = await start()
    const old = await world.reread(tenant)
    await one.keys.rotate(context, { force: true })
    const { keyId } = await two.keys.signer(await world.reread(tenant))
    two.reads.count = 0

    expect((await two.keys.signer(old)).keyId).toBe(keyId)
    expect(two.reads.count).toBe(0)
  })

  it('are read again after a minute for a caller who holds a tenant for that long', async () => {
    const { world, tenant, one, two, context } = await start()
    const old = await world.reread(tenant)
    const before = await two.keys.signer(old)
    await one.keys.rotate(context, { force: true })
    expect((await two.keys.signer(old)).keyId).toBe(before.keyId)

    world.clock.advance(seconds(60))

    expect((await two.keys.signer(old)).keyId).not.toBe(before.keyId)
  })

  it('of one tenant are not read again when those of another change', async () => {
    const { world, tenant, one, two } = await start()
    const other = await world.tenant()
    const before = await world.reread(tenant)

    await one.keys.signer(other)
    await one.keys.rotate(world.context(other), { force: true })

    world.clock.advance(seconds(2))
    two.reads.count = 0
    await two.keys.signer(await two.find(tenant))
    expect(two.reads.count).toBe(0)
    expect((await world.reread(tenant)).signingKeysVersion).toBe(before.signingKeysVersion)
  })

  it('never claim a later version than they have, whatever is changed while they are read', async () => {
    const { world, tenant, one, context } = await start()
    let change: Promise<unknown> | undefined
    // As READ COMMITTED allows it: each statement sees what was committed before it.
    const slow: Database = {
      ...world.database,
      tenantBatch: (async (id, statements) => {
        const results = []
        for (const statement of statements) {
          results.push((await world.database.tenantBatch(id, [statement]))[0])
          change ??= one.keys.rotate(context, { force: true })
          await change
        }
        return results
      }) as Database['tenantBatch'],
    }
    const reader = createKeys({ database: slow, sealer, clock: world.clock })
    await reader.signer(tenant)

    const { keyId } = await reader.signer(await world.reread(tenant))

    expect(keyId).toBe((await one.keys.signer(tenant)).keyId)
  })

  describe('a change of them', () => {
    it('changes nothing else of the tenant', async () => {
      const { world, tenant, one, context } = await start()
      const read = () =>
        world.database.withTenant(tenant.id, (tx) =>
          tx.first(sql<{ row: object }>`
            SELECT to_jsonb(t) - 'signing_keys_version' AS row
              FROM tenants t WHERE id = current_tenant_id()`),
        )
      const before = await read()

      await one.keys.rotate(context, { force: true })

      expect(before?.row).toMatchObject({ slug: tenant.slug })
      expect(await read()).toEqual(before)
    })

    it('gets along with 25 changes of settings at once, which change keys as well', async () => {
      const { world, tenant, one, two, context } = await start()
      const operator = await operatorOf(world)
      const settling = createTenants(world.database, 'https://id.example.test', {
        onUpdated: (updated) => two.keys.settle(updated),
      })
      const settings = (turn: number) => ({
        signing_algorithms: turn % 2 === 0 ? (['EdDSA'] as const) : [],
      })

      await Promise.all(
        Array.from({ length: 50 }, (_, turn) =>
          turn % 2 === 0
            ? one.keys.rotate(context, { force: true })
            : settling.update(operator, tenant.id, {
                name: `name ${turn}`,
                settings: { signing_algorithms: [...settings((turn - 1) / 2).signing_algorithms] },
              }),
        ),
      )

      const found = await world.reread(tenant)
      expect(found.name).toMatch(/^name/)
      expect((await two.keys.signer(found)).keyId).toBe((await one.keys.signer(found)).keyId)
    })
  })
})

async function operatorOf(world: StoreWorld) {
  const system = await createTenants(world.database, 'https://id.example.test').findBySlug('system')
  if (system === undefined) throw new Error('the system tenant is missing')
  return world.context(system)
}
