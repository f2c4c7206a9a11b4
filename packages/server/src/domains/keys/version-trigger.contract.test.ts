import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countRows, describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import {
  createPostgresDatabase,
  type TestPostgres,
} from '../../../test/support/postgres-database.ts'
import { postgresLane } from '../../../test/support/postgres-lane.ts'
import { days, hours, minutes, Secret, toUuid } from '../../kernel/index.ts'
import { createSealer } from '../../platform/crypto/index.ts'
import { sql } from '../../platform/db/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { createKeys, type Keys } from './index.ts'

const sealer = createSealer({ masterKey: new Secret<Uint8Array>(randomBytes(32)) })

interface Setting {
  readonly world: StoreWorld
  readonly tenant: Tenant
  readonly keys: Keys
}

/** Every use case that changes keys; what comes before the change is not counted. */
const CHANGES: Readonly<
  Record<
    string,
    { readonly before?: (s: Setting) => unknown; readonly run: (s: Setting) => unknown }
  >
> = {
  'the first use': { run: ({ keys, tenant }) => keys.signer(tenant) },
  'the first use of a further algorithm': {
    before: ({ keys, tenant }) => keys.signer(tenant),
    run: ({ keys, tenant }) => keys.signer(choosingEdDsa(tenant), 'EdDSA'),
  },
  'a rotation': {
    before: async ({ keys, tenant, world }) => {
      await keys.signer(tenant)
      world.clock.advance(minutes(20))
    },
    run: ({ keys, tenant, world }) => keys.rotate(world.context(tenant)),
  },
  'a revocation': {
    before: ({ keys, tenant }) => keys.signer(tenant),
    run: async ({ keys, tenant, world }) =>
      keys.revoke(world.context(tenant), (await keys.signer(tenant)).keyId),
  },
  'the choice of another algorithm': {
    run: ({ keys, tenant, world }) => keys.settle(world.context(choosingEdDsa(tenant))),
  },
  'the end of an algorithm': {
    before: ({ keys, tenant }) => keys.signer(choosingEdDsa(tenant), 'EdDSA'),
    run: ({ keys, tenant, world }) => keys.settle(world.context(tenant)),
  },
  'a rotation by the job': {
    before: async ({ keys, tenant, world }) => {
      await keys.signer(tenant)
      world.clock.advance(days(90))
    },
    run: ({ keys, tenant, world }) => keys.rotateDue(world.context(tenant)),
  },
  'a removal by the job': {
    before: async ({ keys, tenant, world }) => {
      await keys.signer(tenant)
      await keys.rotate(world.context(tenant), { force: true })
      world.clock.advance(hours(2))
    },
    run: ({ keys, tenant, world }) => keys.rotateDue(world.context(tenant)),
  },
}

const choosingEdDsa = (tenant: Tenant): Tenant => ({
  ...tenant,
  policy: { ...tenant.policy, signingAlgorithms: ['EdDSA'] },
})

const DENIED = { code: '42501' }

describeStore('the version of signing keys', (open) => {
  async function start(): Promise<Setting> {
    const world = await open()
    const { database, clock } = world
    return { world, tenant: await world.tenant(), keys: createKeys({ database, sealer, clock }) }
  }

  const versionOf = async ({ world, tenant }: Pick<Setting, 'world' | 'tenant'>) =>
    (await world.reread(tenant)).signingKeysVersion

  it('is zero for a tenant that never signed', async () => {
    const setting = await start()

    expect(setting.tenant.signingKeysVersion).toBe(0)
    expect(await versionOf(setting)).toBe(0)
  })

  it.each(Object.entries(CHANGES))('is raised by %s', async (_, { before, run }) => {
    const setting = await start()
    await before?.(setting)
    const earlier = await versionOf(setting)

    await run(setting)

    expect(await versionOf(setting)).toBeGreaterThan(earlier)
  })

  it('is raised by one statement that changes many rows', async () => {
    const setting = await start()
    const { world, tenant, keys } = setting
    await keys.signer(tenant)
    const earlier = await versionOf(setting)

    await world.database.tenantBatch(tenant.id, [
      sql`UPDATE signing_keys SET created_at = now() WHERE tenant_id = current_tenant_id()`,
    ])

    expect(await versionOf(setting)).toBeGreaterThan(earlier)
  })

  it('stays when the change does not commit', async () => {
    const setting = await start()
    const { world, tenant, keys } = setting
    await keys.signer(tenant)
    const earlier = await versionOf(setting)

    const change = world.database.withTenant(tenant.id, async (tx) => {
      await tx.run(sql`UPDATE signing_keys SET created_at = now()`)
      throw new Error('undone')
    })

    await expect(change).rejects.toThrow('undone')
    expect(await versionOf(setting)).toBe(earlier)
  })

  it('is raised while others write what belongs to the tenant, and nobody waits', async () => {
    const { world, tenant, keys } = await start()
    const { database } = world
    const isServer = database.kind === 'server'
    await keys.signer(tenant)

    await database.withTenant(tenant.id, async (tx) => {
      await tx.run(sql`UPDATE signing_keys SET created_at = now()`)
      const other = sql`
        INSERT INTO users (tenant_id, id, email, email_key, created_at, updated_at)
        VALUES (current_tenant_id(), gen_random_uuid(), 'a@b.example', 'a@b.example', now(), now())`
      // The embedded database has one connection.
      if (isServer) await database.tenantBatch(tenant.id, [other])
    })

    expect(await countRows(database, tenant, 'users')).toBe(isServer ? 1 : 0)
  })

  it('is not for the application to write', async () => {
    const { world, tenant } = await start()

    const writing = world.database.tenantBatch(tenant.id, [
      sql`UPDATE tenants SET signing_keys_version = 0 WHERE id = current_tenant_id()`,
    ])

    await expect(writing).rejects.toMatchObject(DENIED)
  })

  it('is raised by no trigger of the application', async () => {
    const { world } = await start()
    const other = await world.tenant()
    const { database } = world

    const attack = database.withoutTenant(async (tx) => {
      await tx.run(sql`CREATE TEMP TABLE mine (tenant_id uuid)`)
      await tx.run(sql`
        CREATE TRIGGER forged AFTER INSERT ON mine
           FOR EACH ROW EXECUTE FUNCTION raise_signing_keys_version()`)
      await tx.run(sql`INSERT INTO mine VALUES (${toUuid(other.id)})`)
    })

    await expect(attack).rejects.toMatchObject({
      ...DENIED,
      message: expect.stringContaining('function raise_signing_keys_version') as string,
    })
    expect(await versionOf({ world, tenant: other })).toBe(0)
  })

  it('of another tenant is raised by no row that names it', async () => {
    const { world, tenant, keys } = await start()
    const other = await world.tenant()
    await keys.signer(tenant)

    const moving = world.database.tenantBatch(tenant.id, [
      sql`UPDATE signing_keys SET tenant_id = ${toUuid(other.id)}
           WHERE tenant_id = current_tenant_id()`,
    ])

    await expect(moving).rejects.toMatchObject(DENIED)
    expect(await versionOf({ world, tenant: other })).toBe(0)
  })
})

/** The application deletes no keys; whoever does so by hand is the owner. */
describe.skipIf(postgresLane() === undefined)('a signing key that is deleted by hand', () => {
  let postgres: TestPostgres
  let owner: pg.Client
  beforeAll(async () => {
    postgres = await createPostgresDatabase(postgresLane() ?? '')
    owner = new pg.Client({ connectionString: postgres.ownerUrl })
    await owner.connect()
  })
  afterAll(async () => {
    await owner.end()
    await postgres.drop()
  })

  it('raises the version', async () => {
    const version = async () => {
      const text = `SELECT id, signing_keys_version AS version FROM resolve_tenant('system')`
      return (await owner.query<{ id: string; version: number }>(text)).rows[0]
    }
    const { id } = (await version()) ?? {}
    await owner.query(`SELECT set_config('app.tenant_id', $1, false)`, [id])
    await owner.query(
      `INSERT INTO signing_keys (tenant_id, id, algorithm, status, public_jwk, created_at)
       VALUES (current_tenant_id(), gen_random_uuid(), 'ES256', 'gone',
               '{"kty":"EC","alg":"ES256"}', now())`,
    )
    expect(await version()).toMatchObject({ version: 1 })

    await owner.query('DELETE FROM signing_keys')

    expect(await version()).toMatchObject({ version: 2 })
  })
})
