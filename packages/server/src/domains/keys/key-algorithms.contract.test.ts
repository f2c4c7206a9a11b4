import { randomBytes } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import { days, minutes, Secret, type SigningAlgorithm } from '../../kernel/index.ts'
import { createSealer } from '../../platform/crypto/index.ts'
import { sql } from '../../platform/db/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { createKeys, type Keys, type SigningKey } from './index.ts'

const sealer = createSealer({ masterKey: new Secret<Uint8Array>(randomBytes(32)) })
const everything = { after: undefined, limit: 200 }
const FURTHER = ['PS256', 'RS256', 'EdDSA'] as const

const newKeys = ({ database, clock }: StoreWorld): Keys => createKeys({ database, sealer, clock })

/** The tenant as a request after that choice sees it. */
const choosing = (tenant: Tenant, ...signingAlgorithms: SigningAlgorithm[]): Tenant => ({
  ...tenant,
  policy: { ...tenant.policy, signingAlgorithms },
})

async function signToken(keys: Keys, tenant: Tenant, algorithm: SigningAlgorithm): Promise<string> {
  const signer = await keys.signer(tenant, algorithm)
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

const states = (keys: readonly SigningKey[]) =>
  keys.map(({ algorithm, status }) => `${algorithm} ${status}`).sort()

describeStore('keys of further algorithms', (open) => {
  async function start(...algorithms: SigningAlgorithm[]) {
    const world = await open()
    const plain = await world.tenant()
    const tenant = choosing(plain, ...algorithms)
    const keys = newKeys(world)
    const context = world.context(tenant)
    const list = () => keys.list(context, everything)
    return { world, plain, tenant, keys, context, list }
  }

  async function actions({ database }: StoreWorld, tenant: Tenant): Promise<string[]> {
    const [rows] = await database.tenantBatch(tenant.id, [
      sql<{ action: string }>`SELECT action FROM audit_events
                               WHERE tenant_id = current_tenant_id() ORDER BY id`,
    ])
    return rows.map((row) => row.action)
  }

  it('are not made for a tenant that chose none, and it signs with none', async () => {
    const { plain, keys, list } = await start()

    await keys.jwks(plain)

    for (const algorithm of FURTHER) {
      const refused = { code: 'signing_algorithm_not_offered', status: 422 }
      await expect(keys.signer(plain, algorithm)).rejects.toMatchObject(refused)
    }
    expect(states(await list())).toEqual(['ES256 active', 'ES256 next'])
  })

  it.each(FURTHER)('%s: signs what jose verifies with the published key set', async (algorithm) => {
    const { world, tenant, keys, list } = await start(algorithm)

    const token = await signToken(keys, tenant, algorithm)

    expect(await verifies(keys, tenant, token)).toBe(true)
    expect(await verifies(keys, tenant, await signToken(keys, tenant, 'ES256'))).toBe(true)
    expect(states(await list())).toEqual(
      [`${algorithm} active`, `${algorithm} next`, 'ES256 active', 'ES256 next'].sort(),
    )
    expect(await actions(world, tenant)).toEqual(['signing_key.created', 'signing_key.created'])
  })

  it('RSA keys have 3072 bits, and publish nothing but modulus and exponent', async () => {
    const { tenant, keys } = await start('RS256')

    const published = (await keys.jwks(tenant)).keys.filter(({ kty }) => kty === 'RSA')

    expect(published).toHaveLength(2)
    for (const jwk of published) {
      expect(Object.keys(jwk).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
      const found = await keys.verificationKeys(tenant).findKey(tenant.issuer, jwk.kid)
      expect(found).toMatchObject({ alg: 'RS256' })
      expect(found?.publicKey.asymmetricKeyDetails?.modulusLength).toBe(3072)
    }
  })

  it('another node that has the tenant in memory signs with them as soon as it is asked', async () => {
    const { world, plain, tenant, keys } = await start('EdDSA')
    const other = newKeys(world)
    await other.jwks(plain)

    const token = await signToken(keys, tenant, 'EdDSA')

    expect((await other.signer(tenant, 'EdDSA')).keyId).toBe(
      (await keys.signer(tenant, 'EdDSA')).keyId,
    )
    expect(await verifies(other, tenant, token)).toBe(true)
  })

  it('are told to the nodes that were not asked by the version of the keys', async () => {
    const { world, plain, tenant, keys } = await start('EdDSA')
    const other = newKeys(world)
    await other.jwks(plain)
    const { keyId } = await keys.signer(tenant, 'EdDSA')

    const source = other.verificationKeys(await world.reread(plain))
    expect(await source.findKey(plain.issuer, keyId)).toMatchObject({ alg: 'EdDSA' })
  })

  describe('one key, one algorithm', () => {
    /** What an attacker who writes to the database makes of the row. */
    const relabel = ({ database }: StoreWorld, tenant: Tenant) =>
      database.tenantBatch(tenant.id, [
        sql`UPDATE signing_keys
               SET algorithm = 'PS256',
                   public_jwk = jsonb_set(public_jwk, '{alg}', '"PS256"')
             WHERE tenant_id = current_tenant_id() AND algorithm = 'RS256'`,
      ])

    it('a private half does not open under another algorithm of the same key type', async () => {
      const { world, tenant, keys } = await start('RS256')
      await keys.signer(tenant, 'RS256')

      await relabel(world, tenant)

      const refused = { code: 'signing_key_unavailable' }
      const signing = newKeys(world).signer(choosing(tenant, 'PS256'), 'PS256')
      await expect(signing).rejects.toMatchObject(refused)
    })

    /** All is right but what the title says. */
    const renamed = (from: string, to: string) =>
      sql`UPDATE signing_keys
             SET algorithm = ${to}, public_jwk = jsonb_set(public_jwk, '{alg}', to_jsonb(${to}::text))
           WHERE algorithm = ${from}`

    it.each([
      ['an algorithm that we do not know', renamed('RS256', 'RS512')],
      ['a key of another type', renamed('ES256', 'PS256')],
      [
        'a published `alg` that differs',
        sql`UPDATE signing_keys SET public_jwk = jsonb_set(public_jwk, '{alg}', '"RS256"')
             WHERE algorithm = 'ES256'`,
      ],
      [
        'a published key without `alg`',
        sql`UPDATE signing_keys SET public_jwk = public_jwk - 'alg'`,
      ],
    ])('the database refuses %s', async (_, change) => {
      const { world, tenant, keys } = await start('RS256')
      await keys.jwks(tenant)

      const changing = world.database.tenantBatch(tenant.id, [change])

      await expect(changing).rejects.toMatchObject({ code: '23514' })
    })
  })

  describe('rotation', () => {
    it('rotates all of them together, or the one that is named', async () => {
      const { world, tenant, keys, context, list } = await start('EdDSA')
      await keys.jwks(tenant)
      world.clock.advance(minutes(20))

      const waiting = (await list()).find(
        (key) => key.status === 'next' && key.algorithm === 'EdDSA',
      )
      await keys.rotate(context, { algorithm: 'EdDSA' })
      // I10: what verifiers have seen long since, and no key that was made just now.
      expect((await keys.signer(tenant, 'EdDSA')).keyId).toBe(waiting?.id)
      expect(states(await list())).toEqual([
        'ES256 active',
        'ES256 next',
        'EdDSA active',
        'EdDSA next',
        'EdDSA retiring',
      ])
      world.clock.advance(minutes(20))
      await keys.rotate(context)

      expect(states(await list())).toEqual([
        'ES256 active',
        'ES256 next',
        'ES256 retiring',
        'EdDSA active',
        'EdDSA next',
        'EdDSA retiring',
        'EdDSA retiring',
      ])
    })

    it('rotates none while the next key of one is too new', async () => {
      const { world, tenant, keys, context, list } = await start('EdDSA')
      await keys.signer(tenant)
      world.clock.advance(minutes(20))
      await keys.signer(tenant, 'EdDSA')

      await expect(keys.rotate(context)).rejects.toMatchObject({
        code: 'signing_key_too_new',
        options: { retryAfter: minutes(20) },
      })

      expect(states(await list())).not.toContain('ES256 retiring')
      await keys.rotate(context, { algorithm: 'ES256' })
      expect(states(await list())).toContain('ES256 retiring')
    })

    it('refuses an algorithm that the tenant does not sign with', async () => {
      const { keys, context, list } = await start('EdDSA')

      await expect(keys.rotate(context, { algorithm: 'RS256' })).rejects.toMatchObject({
        code: 'signing_algorithm_not_offered',
      })

      expect(await list()).toEqual([])
    })

    it('is done by the job for each at its own age', async () => {
      const { world, tenant, keys, context, list } = await start('EdDSA')
      await keys.signer(tenant)
      world.clock.advance(days(1))
      await keys.signer(tenant, 'EdDSA')

      world.clock.advance(days(89))
      expect(await keys.rotateDue(context)).toEqual({ rotated: true, removed: [] })
      expect(states(await list())).not.toContain('EdDSA retiring')
      world.clock.advance(days(1))
      expect(await keys.rotateDue(context)).toMatchObject({ rotated: true })

      expect(states(await list())).toContain('EdDSA retiring')
    })
  })

  it('an emergency revocation lets the waiting key of the same algorithm sign', async () => {
    const { tenant, keys, context } = await start('EdDSA')
    const token = await signToken(keys, tenant, 'EdDSA')
    const { keyId } = await keys.signer(tenant, 'EdDSA')
    const es256 = await keys.signer(tenant)

    await keys.revoke(context, keyId)

    expect(await verifies(keys, tenant, token)).toBe(false)
    expect((await keys.signer(tenant, 'EdDSA')).keyId).not.toBe(keyId)
    expect((await keys.signer(tenant)).keyId).toBe(es256.keyId)
  })

  describe('an algorithm that is switched off', () => {
    it('I10: signs nothing from then on, and its tokens stay verifiable until they expire', async () => {
      const { world, plain, tenant, keys } = await start('EdDSA')
      const token = await signToken(keys, tenant, 'EdDSA')

      await keys.settle(world.context(plain))

      await expect(keys.signer(plain, 'EdDSA')).rejects.toMatchObject({
        code: 'signing_algorithm_not_offered',
      })
      expect(await verifies(keys, plain, token)).toBe(true)
      world.clock.advance(minutes(64))
      await keys.rotateDue(world.context(plain))
      expect(await verifies(keys, plain, token)).toBe(true)
      world.clock.advance(minutes(1))
      await keys.rotateDue(world.context(plain))
      expect(await verifies(keys, plain, token)).toBe(false)
    })

    it('signs nothing even before its keys are retired', async () => {
      const { plain, tenant, keys } = await start('EdDSA')
      await keys.signer(tenant, 'EdDSA')

      await expect(keys.signer(plain, 'EdDSA')).rejects.toMatchObject({
        code: 'signing_algorithm_not_offered',
      })
    })

    it.each(['settle', 'rotateDue'] as const)(
      'loses its private halves and the key that waited by `%s`, which is recorded',
      async (step) => {
        const { world, plain, tenant, keys, list } = await start('EdDSA')
        await keys.signer(tenant, 'EdDSA')

        await keys[step](world.context(plain))

        expect(states(await list())).toEqual([
          'ES256 active',
          'ES256 next',
          'EdDSA gone',
          'EdDSA retiring',
        ])
        const [rows] = await world.database.tenantBatch(tenant.id, [
          sql`SELECT id FROM signing_keys WHERE tenant_id = current_tenant_id()
                 AND algorithm = 'EdDSA' AND private_key_sealed IS NOT NULL`,
        ])
        expect(rows).toEqual([])
        expect((await actions(world, tenant)).slice(-2)).toEqual([
          'signing_key.retired',
          'signing_key.retired',
        ])
      },
    )

    it('gets no new key when one of it is revoked', async () => {
      const { world, plain, tenant, keys, list } = await start('EdDSA')
      const { keyId } = await keys.signer(tenant, 'EdDSA')

      await keys.revoke(world.context(plain), keyId)

      expect(states(await list())).toEqual([
        'ES256 active',
        'ES256 next',
        'EdDSA next',
        'EdDSA revoked',
      ])
    })

    it('gets new keys when it is chosen again', async () => {
      const { world, plain, tenant, keys, context } = await start('EdDSA')
      const before = await keys.signer(tenant, 'EdDSA')
      await keys.settle(world.context(plain))

      await keys.settle(context)

      const after = await keys.signer(tenant, 'EdDSA')
      expect(after.keyId).not.toBe(before.keyId)
      expect(await verifies(keys, tenant, await signToken(keys, tenant, 'EdDSA'))).toBe(true)
    })
  })

  it('no key of another tenant is made, published or found', async () => {
    const { world, tenant, keys } = await start('EdDSA')
    const other = await world.tenant()
    const { keyId } = await keys.signer(tenant, 'EdDSA')

    expect((await keys.jwks(other)).keys.map(({ alg }) => alg)).toEqual(['ES256', 'ES256'])
    expect(await keys.verificationKeys(other).findKey(other.issuer, keyId)).toBeUndefined()
  })
})
