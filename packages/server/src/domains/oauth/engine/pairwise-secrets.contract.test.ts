import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { Secret } from '../../../kernel/index.ts'
import { createSealer, type Sealer } from '../../../platform/crypto/index.ts'
import { sql } from '../../../platform/db/index.ts'
import { describeStore } from '../../../../test/support/describe-store.ts'
import { PairwiseSecrets } from './pairwise-secrets.ts'

describeStore('the secret of pairwise subjects', (start) => {
  const earlier = new Secret<Uint8Array>(randomBytes(32))
  const later = new Secret<Uint8Array>(randomBytes(32))

  async function begin() {
    const world = await start()
    const open = (sealer: Sealer) => new PairwiseSecrets({ database: world.database, sealer })
    const context = async () => world.context(await world.tenant())
    return { database: world.database, open, a: await context(), b: await context() }
  }

  it('is one for all who ask first at the same time, and another in another tenant', async () => {
    const sealer = createSealer({ masterKey: earlier })
    const { open, a, b } = await begin()

    const secrets = await Promise.all(Array.from({ length: 50 }, () => open(sealer).get(a)))

    expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(1)
    expect(secrets[0]).toHaveLength(32)
    expect(await open(sealer).get(b)).not.toEqual(secrets[0])
  })

  it('stays when the master key changes, and needs the earlier one no more', async () => {
    const { open, a } = await begin()
    const secret = await open(createSealer({ masterKey: earlier })).get(a)

    const both = createSealer({ masterKey: later, previous: [earlier] })
    expect(await open(both).get(a)).toEqual(secret)

    expect(await open(createSealer({ masterKey: later })).get(a)).toEqual(secret)
  })

  it('rests sealed, and opens in no other tenant', async () => {
    const sealer = createSealer({ masterKey: earlier })
    const { database, open, a, b } = await begin()
    const secret = await open(sealer).get(a)
    await open(sealer).get(b)
    const [rows] = await database.tenantBatch(a.tenant.id, [
      sql<{ secret_sealed: Buffer }>`SELECT secret_sealed FROM oauth_pairwise_secrets`,
    ])
    const sealed = rows[0]?.secret_sealed ?? Buffer.alloc(0)

    expect(rows).toHaveLength(1)
    expect(sealed.includes(secret)).toBe(false)
    await database.tenantBatch(b.tenant.id, [
      sql`UPDATE oauth_pairwise_secrets SET secret_sealed = ${sealed}`,
    ])
    await expect(open(sealer).get(b)).rejects.toThrow('can not be opened')
  })
})
