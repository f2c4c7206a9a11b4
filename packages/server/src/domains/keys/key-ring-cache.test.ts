import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { newId, seconds, type TenantRef } from '../../kernel/index.ts'
import { databaseErrors } from '../../platform/db/index.ts'
import type { KeyRing } from './key-ring.ts'
import { KeyRingCache } from './key-ring-cache.ts'

function newTenant(): TenantRef {
  return { id: newId('ten'), slug: 'acme', signingKeysVersion: 1 } as TenantRef
}

function newRing(version: number): KeyRing {
  return {
    version,
    signer: () => {
      throw new TypeError('not used here')
    },
    openedSigner: () => undefined,
    jwks: [],
    algorithms: new Set(),
    verification: new Map(),
  }
}

/** A cache whose loader counts, can fail, and can be held back. */
function openCache(maxTenants = 10) {
  const clock = new FakeClock()
  const source = { loads: 0, version: 1, failure: undefined as unknown, wait: Promise.resolve() }
  const cache = new KeyRingCache(
    async () => {
      source.loads += 1
      const { version } = source
      await source.wait
      if (source.failure !== undefined) throw source.failure
      return newRing(version)
    },
    clock,
    maxTenants,
  )
  return { cache, clock, source, tenant: newTenant() }
}

/** The tenant as it is found after that many further changes of its keys. */
const after = (changes: number, tenant: TenantRef): TenantRef => ({
  ...tenant,
  signingKeysVersion: tenant.signingKeysVersion + changes,
})

const away = databaseErrors.database_unavailable()

describe('the cache of key rings', () => {
  it('answers without a promise and without loading while the ring is current', async () => {
    const { cache, clock, source, tenant } = openCache()
    const ring = await cache.get(tenant)

    clock.advance(seconds(44))

    expect(cache.get(tenant)).toBe(ring)
    expect(source.loads).toBe(1)
  })

  it('loads anew in the background before the ring is stale', async () => {
    const { cache, clock, source, tenant } = openCache()
    const ring = await cache.get(tenant)

    clock.advance(seconds(45))

    expect(cache.get(tenant)).toBe(ring)
    expect(source.loads).toBe(2)
    await expect.poll(() => cache.get(tenant) === ring).toBe(false)
  })

  it('never answers with a ring of a minute while the database is there', async () => {
    const { cache, clock, tenant } = openCache()
    const ring = await cache.get(tenant)

    clock.advance(seconds(60))

    expect(await cache.get(tenant)).not.toBe(ring)
  })

  it('never answers with a ring of before a change that the caller knows of', async () => {
    const { cache, source, tenant } = openCache()
    const ring = await cache.get(tenant)
    source.version = 2

    const later = await cache.get(after(1, tenant))

    expect(later).not.toBe(ring)
    expect(later.version).toBe(2)
    expect(source.loads).toBe(2)
  })

  it('gives a caller with an older tenant the newer ring, and loads nothing for it', async () => {
    const { cache, source, tenant } = openCache()
    source.version = 3
    const ring = await cache.get(after(2, tenant))

    expect(cache.get(tenant)).toBe(ring)
    expect(source.loads).toBe(1)
  })

  it('loads again for a caller who knows of a change after the loading had begun', async () => {
    const { cache, source, tenant } = openCache()
    let release = () => {}
    source.wait = new Promise((resolve) => {
      release = resolve
    })
    const old = cache.get(tenant)
    source.version = 2
    const later = [1, 2].map(async () => cache.get(after(1, tenant)))

    release()

    expect((await old).version).toBe(1)
    expect((await Promise.all(later)).map(({ version }) => version)).toEqual([2, 2])
    expect(source.loads).toBe(2)
  })

  it('asks the database each time, and not for ever, when it knows of no such change', async () => {
    // A database that was restored from a copy, or a tenant that nobody has read.
    const { cache, source, tenant } = openCache()

    expect((await cache.get(after(1, tenant))).version).toBe(1)
    expect(source.loads).toBeLessThanOrEqual(2)
    expect((await cache.get(after(1, tenant))).version).toBe(1)
  })

  it('loads once for many parallel callers', async () => {
    const { cache, source, tenant } = openCache()

    const rings = await Promise.all(Array.from({ length: 50 }, async () => cache.get(tenant)))

    expect(new Set(rings).size).toBe(1)
    expect(source.loads).toBe(1)
  })

  it('serves an old ring for 75 seconds while the database is away, then fails closed', async () => {
    const { cache, clock, source, tenant } = openCache()
    const ring = await cache.get(tenant)
    source.failure = away

    clock.advance(seconds(74))
    expect(await cache.get(tenant)).toBe(ring)

    clock.advance(seconds(1))
    await expect(cache.get(tenant)).rejects.toBe(away)
  })

  it('fails closed at once for a ring of before a change, also while the database is away', async () => {
    const { cache, source, tenant } = openCache()
    await cache.get(tenant)
    source.failure = away

    await expect(cache.get(after(1, tenant))).rejects.toBe(away)
  })

  it('does not serve the old ring when the database refuses', async () => {
    const { cache, clock, source, tenant } = openCache()
    await cache.get(tenant)
    source.failure = databaseErrors.tenant_suspended()

    clock.advance(seconds(60))

    await expect(cache.get(tenant)).rejects.toBe(source.failure)
  })

  it('survives a failure in the background', async () => {
    const { cache, clock, source, tenant } = openCache()
    const ring = await cache.get(tenant)
    source.failure = away

    clock.advance(seconds(50))

    expect(cache.get(tenant)).toBe(ring)
    await new Promise((resolve) => setImmediate(resolve))
    expect(cache.get(tenant)).toBe(ring)
  })

  it('takes a clock that stepped back as stale', async () => {
    const { cache, clock, tenant } = openCache()
    const ring = await cache.get(tenant)

    clock.advance(seconds(-3600))

    expect(await cache.get(tenant)).not.toBe(ring)
  })

  it('does not keep what was loading when it was told to forget', async () => {
    const { cache, source, tenant } = openCache()
    let release = () => {}
    source.wait = new Promise((resolve) => {
      release = resolve
    })
    const old = cache.get(tenant)

    cache.forget(tenant.id)
    release()

    expect(await cache.get(tenant)).not.toBe(await old)
    expect(source.loads).toBe(2)
  })

  it('keeps tenants apart', async () => {
    const { cache, tenant } = openCache()

    expect(await cache.get(tenant)).not.toBe(await cache.get(newTenant()))
  })

  it('forgets the least recently used tenant beyond its bound', async () => {
    const { cache, source, tenant } = openCache(2)
    const ring = await cache.get(tenant)
    await cache.get(newTenant())
    expect(cache.get(tenant)).toBe(ring)
    await cache.get(newTenant())

    expect(cache.size).toBe(2)
    expect(cache.get(tenant)).toBe(ring)
    expect(source.loads).toBe(3)
  })
})
