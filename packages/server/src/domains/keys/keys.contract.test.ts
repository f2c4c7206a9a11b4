import { randomBytes } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import { days, minutes, newId, Secret, seconds, toUuid } from '../../kernel/index.ts'
import { createSealer } from '../../platform/crypto/index.ts'
import { sql } from '../../platform/db/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { createKeys, type Keys } from './index.ts'

const masterKey = new Secret<Uint8Array>(randomBytes(32))
const sealer = createSealer({ masterKey })

interface RawKey {
  id: string
  status: string
  public_jwk: Record<string, unknown>
  private_key_sealed: Buffer | null
  text: string
}

const newKeys = ({ database, clock }: StoreWorld, other = sealer): Keys =>
  createKeys({ database, sealer: other, clock })

/** The rows as an attacker with the database sees them. */
async function rawKeys({ database }: StoreWorld, tenant: Tenant) {
  const [rows] = await database.tenantBatch(tenant.id, [
    sql<RawKey>`SELECT id, status, public_jwk, private_key_sealed, signing_keys::text AS text
                  FROM signing_keys WHERE tenant_id = current_tenant_id() ORDER BY id`,
  ])
  return rows
}

async function actions({ database }: StoreWorld, tenant: Tenant): Promise<string[]> {
  const [rows] = await database.tenantBatch(tenant.id, [
    sql<{ action: string }>`SELECT action FROM audit_events
                             WHERE tenant_id = current_tenant_id() ORDER BY id`,
  ])
  return rows.map((row) => row.action)
}

async function signToken(keys: Keys, tenant: Tenant): Promise<string> {
  const signer = await keys.signer(tenant)
  const header = { alg: signer.algorithm, kid: signer.keyId }
  const parts = [header, { sub: 'x' }].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const signature = (await signer.sign(parts.join('.'))).toString('base64url')
  return [...parts, signature].join('.')
}

/** A resource server that has just fetched the key set; jose is the oracle. */
async function verifies(keys: Keys, tenant: Tenant, token: string): Promise<boolean> {
  const { keys: published } = await keys.jwks(tenant)
  const resolve = createLocalJWKSet({ keys: published.map((jwk) => ({ ...jwk })) })
  return jwtVerify(token, resolve).then(
    () => true,
    () => false,
  )
}

const kids = async (keys: Keys, tenant: Tenant) =>
  (await keys.jwks(tenant)).keys.map((jwk) => jwk.kid)

const statuses = async (world: StoreWorld, tenant: Tenant) =>
  (await rawKeys(world, tenant)).map((row) => row.status).sort()

describeStore('signing keys', (open) => {
  async function start() {
    const world = await open()
    const tenant = await world.tenant()
    return { world, tenant, keys: newKeys(world), context: world.context(tenant) }
  }

  describe('the first use', () => {
    it('makes an active and a waiting key, publishes both and records it', async () => {
      const { world, tenant, keys } = await start()

      const signer = await keys.signer(tenant)

      expect(await statuses(world, tenant)).toEqual(['active', 'next'])
      expect(await kids(keys, tenant)).toContain(signer.keyId)
      expect(await kids(keys, tenant)).toHaveLength(2)
      expect(await actions(world, tenant)).toEqual(['signing_key.created'])
    })

    it('is also a look at the key set, so that no empty set is ever published', async () => {
      const { tenant, keys } = await start()

      expect(await kids(keys, tenant)).toHaveLength(2)
    })

    it('signs what jose verifies with the published key set', async () => {
      const { tenant, keys } = await start()

      expect(await verifies(keys, tenant, await signToken(keys, tenant))).toBe(true)
    })

    it('gives another tenant other keys, which do not verify these tokens', async () => {
      const { world, tenant, keys } = await start()
      const other = await world.tenant()

      expect(await verifies(keys, other, await signToken(keys, tenant))).toBe(false)
    })

    it('keeps the signer and the key objects of unchanged keys', async () => {
      const { world, tenant, keys } = await start()
      const signer = await keys.signer(tenant)
      const found = await keys.verificationKeys(tenant).findKey(tenant.issuer, signer.keyId)

      world.clock.advance(seconds(60))

      expect(await keys.signer(tenant)).toBe(signer)
      expect(keys.verificationKeys(tenant).findKey(tenant.issuer, signer.keyId)).toBe(found)
    })
  })

  describe('at rest', () => {
    it('keeps no private material in clear', async () => {
      const { world, tenant, keys } = await start()
      await keys.signer(tenant)

      for (const row of await rawKeys(world, tenant)) {
        expect(Object.keys(row.public_jwk).sort()).toEqual([
          'alg',
          'crv',
          'kid',
          'kty',
          'use',
          'x',
          'y',
        ])
        const sealed = row.private_key_sealed ?? Buffer.alloc(0)
        // PKCS #8 names the curve by its object identifier, and holds the public point as well.
        const x = Buffer.from(String(row.public_jwk['x']), 'base64url')
        expect(sealed.length).toBeGreaterThan(100)
        expect(sealed.includes(Buffer.from('2a8648ce3d030107', 'hex'))).toBe(false)
        expect(sealed.includes(x)).toBe(false)
        expect(row.text).not.toContain('PRIVATE KEY')
      }
    })

    it('does not open a sealed key in another row of the tenant', async () => {
      const { world, tenant, keys } = await start()
      await keys.jwks(tenant)
      const waiting = (await rawKeys(world, tenant)).find((row) => row.status === 'next')

      await world.database.tenantBatch(tenant.id, [
        sql`UPDATE signing_keys SET private_key_sealed = ${waiting?.private_key_sealed}
             WHERE tenant_id = current_tenant_id() AND status = 'active'`,
      ])

      const refused = { code: 'signing_key_unavailable', status: 503 }
      await expect(newKeys(world).signer(tenant)).rejects.toMatchObject(refused)
    })

    it('does not open a row that was moved to another tenant', async () => {
      const { world, tenant, keys } = await start()
      await keys.jwks(tenant)
      const victim = await world.tenant()
      const row = (await rawKeys(world, tenant)).find((each) => each.status === 'active')

      await world.database.tenantBatch(victim.id, [
        sql`INSERT INTO signing_keys (tenant_id, id, algorithm, status, public_jwk,
                                      private_key_sealed, created_at, activated_at)
            VALUES (current_tenant_id(), ${row?.id}, 'ES256', 'active',
                    ${JSON.stringify(row?.public_jwk)}, ${row?.private_key_sealed},
                    ${world.clock.now()}, ${world.clock.now()})`,
      ])

      const refused = { code: 'signing_key_unavailable' }
      await expect(newKeys(world).signer(victim)).rejects.toMatchObject(refused)
    })

    it('opens with an earlier master key, and not without it', async () => {
      const { world, tenant, keys } = await start()
      const { keyId } = await keys.signer(tenant)
      const newMaster = new Secret<Uint8Array>(randomBytes(32))

      const rotated = createSealer({ masterKey: newMaster, previous: [masterKey] })
      const foreign = createSealer({ masterKey: newMaster })

      expect((await newKeys(world, rotated).signer(tenant)).keyId).toBe(keyId)
      const refused = { code: 'signing_key_unavailable' }
      await expect(newKeys(world, foreign).signer(tenant)).rejects.toMatchObject(refused)
    })

    it('publishes no private member, even if one got into the row', async () => {
      const { world, tenant, keys } = await start()
      await keys.jwks(tenant)

      await world.database.tenantBatch(tenant.id, [
        sql`UPDATE signing_keys SET public_jwk = public_jwk || '{"d":"leak"}'::jsonb
             WHERE tenant_id = current_tenant_id()`,
      ])

      const fresh = newKeys(world)
      const page = await fresh.list(world.context(tenant), { after: undefined, limit: 10 })
      expect(JSON.stringify([await fresh.jwks(tenant), page])).not.toContain('leak')
    })

    it('lets the database refuse a private half where nothing is signed', async () => {
      const { world, tenant, keys } = await start()
      await keys.jwks(tenant)

      const change = world.database.tenantBatch(tenant.id, [
        sql`UPDATE signing_keys SET status = 'retiring' WHERE tenant_id = current_tenant_id()`,
      ])

      await expect(change).rejects.toMatchObject({ code: '23514' })
    })
  })

  describe('rotation', () => {
    it('promotes the waiting key, erases the private half of the old one and records it', async () => {
      const { world, tenant, keys, context } = await start()
      const before = await keys.signer(tenant)
      world.clock.advance(minutes(20))

      const published = await keys.rotate(context)

      const after = await keys.signer(tenant)
      expect(published.map((key) => key.status).sort()).toEqual(['active', 'next', 'retiring'])
      expect(published.find((key) => key.status === 'active')?.id).toBe(after.keyId)
      const old = (await rawKeys(world, tenant)).find((row) => row.status === 'retiring')
      expect(old?.id).toBe(toUuid(before.keyId))
      expect(old?.private_key_sealed).toBeNull()
      expect(await actions(world, tenant)).toEqual(['signing_key.created', 'signing_key.rotated'])
    })

    it('refuses to promote a key that was published only just now, and changes nothing', async () => {
      const { world, tenant, keys, context } = await start()
      await keys.signer(tenant)
      world.clock.advance(minutes(19))

      await expect(keys.rotate(context)).rejects.toMatchObject({
        code: 'signing_key_too_new',
        options: { retryAfter: minutes(1) },
      })

      expect(await statuses(world, tenant)).toEqual(['active', 'next'])
      expect(await actions(world, tenant)).toEqual(['signing_key.created'])
    })

    it('I10: a token stays verifiable through rotations until it has expired', async () => {
      const { world, tenant, keys, context } = await start()
      const token = await signToken(keys, tenant)

      for (let i = 0; i < 3; i++) {
        await keys.rotate(context, { force: true })
        world.clock.advance(minutes(21))
        await keys.rotateDue(context)
        expect(await verifies(keys, tenant, token)).toBe(true)
        expect(await verifies(keys, tenant, await signToken(keys, tenant))).toBe(true)
      }
      world.clock.advance(minutes(2))
      const { removed } = await keys.rotateDue(context)

      expect(removed).toHaveLength(1)
      expect(await verifies(keys, tenant, token)).toBe(false)
      expect(await actions(world, tenant)).toContain('signing_key.removed')
    })

    it('reaches another node that has the old keys in memory with the tenant', async () => {
      const { world, tenant, keys, context } = await start()
      const other = newKeys(world)
      await other.signer(tenant)
      await keys.rotate(context, { force: true })

      expect((await other.signer(await world.reread(tenant))).keyId).toBe(
        (await keys.signer(tenant)).keyId,
      )
    })

    it('makes the first keys of a tenant that never signed', async () => {
      const { keys, context } = await start()

      const published = await keys.rotate(context)

      expect(published.map((key) => key.status).sort()).toEqual(['active', 'next'])
    })
  })

  describe('the rotation job', () => {
    it('rotates a key of ninety days, and not before', async () => {
      const { world, tenant, keys, context } = await start()
      const before = await keys.signer(tenant)

      world.clock.advance({ milliseconds: days(90).milliseconds - 1 })
      expect(await keys.rotateDue(context)).toEqual({ rotated: false, removed: [] })
      world.clock.advance({ milliseconds: 1 })
      expect(await keys.rotateDue(context)).toEqual({ rotated: true, removed: [] })
      expect(await keys.rotateDue(context)).toEqual({ rotated: false, removed: [] })

      expect((await keys.signer(tenant)).keyId).not.toBe(before.keyId)
    })

    it('waits for a key that was published only just now', async () => {
      const { world, tenant, keys, context } = await start()
      const signer = await keys.signer(tenant)
      world.clock.advance(days(90))
      const next = (await kids(keys, tenant)).find((kid) => kid !== signer.keyId)
      await keys.revoke(context, next as typeof signer.keyId)

      expect(await keys.rotateDue(context)).toMatchObject({ rotated: false })
      world.clock.advance(minutes(20))
      expect(await keys.rotateDue(context)).toMatchObject({ rotated: true })
    })

    it('makes no keys for a tenant that never signed', async () => {
      const { world, tenant, keys, context } = await start()

      expect(await keys.rotateDue(context)).toEqual({ rotated: false, removed: [] })
      expect(await rawKeys(world, tenant)).toEqual([])
    })
  })

  describe('revocation', () => {
    it('withdraws the active key at once, also on a fresh node; the waiting one signs', async () => {
      const { world, tenant, keys, context } = await start()
      const token = await signToken(keys, tenant)
      const { keyId } = await keys.signer(tenant)
      const next = (await kids(keys, tenant)).find((kid) => kid !== keyId)

      const revoked = await keys.revoke(context, keyId)

      expect(revoked).toMatchObject({ id: keyId, status: 'revoked' })
      for (const node of [keys, newKeys(world)]) {
        expect(await verifies(node, tenant, token)).toBe(false)
        expect(await node.verificationKeys(tenant).findKey(tenant.issuer, keyId)).toBeUndefined()
        expect((await node.signer(tenant)).keyId).toBe(next)
      }
      expect(await statuses(world, tenant)).toEqual(['active', 'next', 'revoked'])
      const row = (await rawKeys(world, tenant)).find((each) => each.status === 'revoked')
      expect(row?.private_key_sealed).toBeNull()
      expect(await actions(world, tenant)).toEqual(['signing_key.created', 'signing_key.revoked'])
    })

    it('withdraws a waiting and a retiring key without touching the active one', async () => {
      const { world, tenant, keys, context } = await start()
      const old = await keys.signer(tenant)
      await keys.rotate(context, { force: true })
      const { keyId } = await keys.signer(tenant)
      const page = await keys.list(context, { after: undefined, limit: 10 })
      const waiting = page.find((key) => key.status === 'next')

      await keys.revoke(context, old.keyId)
      await keys.revoke(context, waiting?.id ?? newId('key'))

      expect((await keys.signer(tenant)).keyId).toBe(keyId)
      expect(await statuses(world, tenant)).toEqual(['active', 'next', 'revoked', 'revoked'])
      expect(await kids(keys, tenant)).not.toContain(old.keyId)
      expect(await kids(keys, tenant)).not.toContain(waiting?.id)
    })

    it('refuses an unknown key and a key of another tenant alike', async () => {
      const { world, tenant, keys, context } = await start()
      const other = await world.tenant()
      const foreign = await keys.signer(other)
      await keys.signer(tenant)

      for (const id of [newId('key'), foreign.keyId]) {
        const refused = { code: 'signing_key_not_found', status: 404 }
        await expect(keys.revoke(context, id)).rejects.toMatchObject(refused)
      }

      expect(await statuses(world, other)).toEqual(['active', 'next'])
      expect(await statuses(world, tenant)).toEqual(['active', 'next'])
    })

    it('refuses a key that is out of use already', async () => {
      const { tenant, keys, context } = await start()
      const { keyId } = await keys.signer(tenant)
      await keys.revoke(context, keyId)

      const refused = { code: 'signing_key_not_in_use', status: 409 }
      await expect(keys.revoke(context, keyId)).rejects.toMatchObject(refused)
    })
  })

  it('lists keys newest first, page by page, of this tenant only', async () => {
    const { world, tenant, keys, context } = await start()
    await keys.signer(await world.tenant())
    await keys.signer(tenant)
    await keys.rotate(context, { force: true })

    const first = await keys.list(context, { after: undefined, limit: 2 })
    const second = await keys.list(context, { after: first.at(-1)?.id, limit: 2 })

    expect([...first, ...second].map((key) => key.status)).toEqual(['next', 'active', 'retiring'])
  })

  it('finds keys for the tenant’s own issuer only', async () => {
    const { tenant, keys } = await start()
    const { keyId } = await keys.signer(tenant)
    const source = keys.verificationKeys(tenant)

    expect(await source.findKey(tenant.issuer, keyId)).toMatchObject({ kid: keyId, alg: 'ES256' })
    expect(await source.findKey('https://id.example.test/t/other', keyId)).toBeUndefined()
    expect(await source.findKey(tenant.issuer, newId('key'))).toBeUndefined()
  })
})
