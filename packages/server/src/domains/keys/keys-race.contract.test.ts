import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { countRows, describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import { days, minutes, Secret } from '../../kernel/index.ts'
import { createSealer } from '../../platform/crypto/index.ts'
import { createKeys, type Keys } from './index.ts'

const sealer = createSealer({ masterKey: new Secret<Uint8Array>(randomBytes(32)) })

/** As many nodes on one database, none of which knows what the others have in memory. */
const nodes = ({ database, clock }: StoreWorld): Keys[] =>
  Array.from({ length: 50 }, () => createKeys({ database, sealer, clock }))

const kinds = (keys: readonly { readonly status: string }[]) =>
  Object.fromEntries(
    ['active', 'next', 'retiring', 'revoked'].map((status) => [
      status,
      keys.filter((key) => key.status === status).length,
    ]),
  )

const outcomes = (settled: readonly PromiseSettledResult<unknown>[]) =>
  settled.map((each) =>
    each.status === 'fulfilled' ? 'done' : (each.reason as { code?: string }).code,
  )

const everything = { after: undefined, limit: 200 }

describeStore('parallel changes of signing keys', (open) => {
  async function start() {
    const world = await open()
    const tenant = await world.tenant()
    return { world, tenant, all: nodes(world), context: world.context(tenant) }
  }

  it('50 first signers on 50 nodes agree on one active key', async () => {
    const { world, tenant, all, context } = await start()

    const signers = await Promise.all(all.map((keys) => keys.signer(tenant)))

    expect(new Set(signers.map((signer) => signer.keyId)).size).toBe(1)
    const listed = (await all[0]?.list(context, everything)) ?? []
    expect(kinds(listed)).toEqual({ active: 1, next: 1, retiring: 0, revoked: 0 })
    expect(await countRows(world.database, tenant, 'audit_events')).toBe(1)
  })

  it('50 rotations: one happens, 49 are refused', async () => {
    const { world, tenant, all, context } = await start()
    await all[0]?.signer(tenant)
    world.clock.advance(minutes(20))

    const settled = await Promise.allSettled(all.map((keys) => keys.rotate(context)))

    const refused = outcomes(settled).filter((outcome) => outcome === 'signing_key_too_new')
    expect(outcomes(settled)).toContain('done')
    expect(refused).toHaveLength(49)
    const listed = (await all[0]?.list(context, everything)) ?? []
    expect(kinds(listed)).toEqual({ active: 1, next: 1, retiring: 1, revoked: 0 })
  })

  it('50 forced rotations are one rotation each: no second active key, none lost', async () => {
    const { tenant, all, context } = await start()
    await all[0]?.signer(tenant)

    await Promise.all(all.map((keys) => keys.rotate(context, { force: true })))

    const listed = (await all[0]?.list(context, everything)) ?? []
    expect(kinds(listed)).toEqual({ active: 1, next: 1, retiring: 50, revoked: 0 })
  })

  it('50 revocations of the active key: one happens, and another key signs', async () => {
    const { tenant, all, context } = await start()
    const before = await all[0]?.signer(tenant)
    if (before === undefined) throw new Error('no signer')

    const settled = await Promise.allSettled(all.map((keys) => keys.revoke(context, before.keyId)))

    expect(outcomes(settled).filter((outcome) => outcome === 'done')).toHaveLength(1)
    const listed = (await all[0]?.list(context, everything)) ?? []
    expect(kinds(listed)).toEqual({ active: 1, next: 1, retiring: 0, revoked: 1 })
  })

  it('rotations and revocations at once leave one active and one waiting key', async () => {
    const { tenant, all, context } = await start()
    const before = await all[0]?.signer(tenant)
    if (before === undefined) throw new Error('no signer')

    const settled = await Promise.allSettled(
      all.map((keys, i) =>
        i % 2 === 0 ? keys.rotate(context, { force: true }) : keys.revoke(context, before.keyId),
      ),
    )

    expect(outcomes(settled).filter((outcome) => outcome === 'done')).toHaveLength(26)
    const listed = (await all[0]?.list(context, everything)) ?? []
    expect(kinds(listed)).toMatchObject({ active: 1, next: 1, revoked: 1 })
  })
})

describeStore('parallel changes of keys of a further algorithm', (open) => {
  async function start(algorithm: 'RS256' | 'EdDSA', count: number) {
    const world = await open()
    const plain = await world.tenant()
    const tenant = { ...plain, policy: { ...plain.policy, signingAlgorithms: [algorithm] } }
    const all = nodes(world).slice(0, count)
    const [first] = all
    if (first === undefined) throw new Error('no node')
    return { world, plain, tenant, all, first, context: world.context(tenant) }
  }

  it('50 first uses of RS256 on five nodes agree on one ring', async () => {
    const { world, tenant, all, first, context } = await start('RS256', 5)

    const signers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => (all[i % 5] ?? first).signer(tenant, 'RS256')),
    )

    expect(new Set(signers.map((signer) => signer.keyId)).size).toBe(1)
    const listed = await first.list(context, everything)
    const own = listed.filter((key) => key.algorithm === 'RS256')
    expect(kinds(own)).toEqual({ active: 1, next: 1, retiring: 0, revoked: 0 })
    expect(await countRows(world.database, tenant, 'audit_events')).toBe(2)
  })

  it('50 rotations of all algorithms: one happens, for each of them', async () => {
    const { world, tenant, all, first, context } = await start('EdDSA', 50)
    await first.jwks(tenant)
    world.clock.advance(minutes(20))

    const settled = await Promise.allSettled(all.map((keys) => keys.rotate(context)))

    expect(outcomes(settled).filter((outcome) => outcome === 'done')).toHaveLength(1)
    const listed = await first.list(context, everything)
    expect(kinds(listed)).toEqual({ active: 2, next: 2, retiring: 2, revoked: 0 })
  })

  it('50 jobs at once: each algorithm that is due rotates once', async () => {
    const { world, tenant, all, first, context } = await start('EdDSA', 50)
    await first.jwks(tenant)
    world.clock.advance(days(90))

    await Promise.all(all.map((keys) => keys.rotateDue(context)))

    const listed = await first.list(context, everything)
    expect(kinds(listed)).toEqual({ active: 2, next: 2, retiring: 2, revoked: 0 })
  })

  it('switching off and first uses at once never leave two active keys', async () => {
    const { world, plain, tenant, all, first, context } = await start('EdDSA', 50)
    const off = world.context(plain)

    await Promise.allSettled(
      all.map((keys, i) => (i % 2 === 0 ? keys.signer(tenant, 'EdDSA') : keys.settle(off))),
    )

    const listed = (await first.list(context, everything)).filter(
      (key) => key.algorithm === 'EdDSA',
    )
    expect(kinds(listed).active).toBeLessThanOrEqual(1)
    await first.settle(off)
    const after = await first.list(context, everything)
    expect(kinds(after.filter((key) => key.algorithm === 'EdDSA'))).toMatchObject({
      active: 0,
      next: 0,
    })
  })
})
