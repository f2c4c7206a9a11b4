import { expect, it } from 'vitest'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { openDevices } from '../../../test/support/sign-in-on-device.ts'
import { insertBareUser, startBareSession } from '../../../test/support/start-bare-session.ts'
import { days, hours, newId, toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import { DEVICE_LIFETIME } from './policy.ts'
import { isDeviceTrusted } from './trust.ts'

const PAGE = { after: undefined, limit: 50 }

/** What is written of a device, whichever way it came. */
describeStore('a noted device', (open) => {
  async function setUp(settings?: Parameters<Awaited<ReturnType<typeof open>>['tenant']>[0]) {
    const world = await open()
    const tenant = await world.tenant(settings)
    const userId = await insertBareUser(world, tenant)
    return { world, tenant, userId, ...openDevices(world) }
  }

  it.each([true, false])(
    'is no further one because of somebody else’s devices and sessions, with a cookie: %s',
    async (hasCookie) => {
      const { world, tenant, userId, signIn, messages, devices } = await setUp()
      const { session } = await startBareSession(world, tenant)
      await signIn(tenant, session.userId)

      await signIn(tenant, userId, { device: hasCookie ? devices.cookies.make() : undefined })

      expect(messages.map(({ to }) => to)).not.toContain(`${userId}@example.test`)
    },
  )

  it('without a cookie takes the cookie that the last sign-in was given', async () => {
    const { world, tenant, userId, signIn } = await setUp()
    await signIn(tenant, userId)
    const second = await signIn(tenant, userId)

    const third = await signIn(tenant, userId, { device: second.device })

    expect(third).toMatchObject({ id: second.id, isKnown: true })
    expect(await countRows(world.database, tenant, 'devices')).toBe(1)
  })

  it('is known only with the cookie of a sign-in of that user before', async () => {
    const { tenant, userId, signIn, devices } = await setUp()
    const isKnown = async (device = devices.cookies.make()) =>
      (await signIn(tenant, userId, { device })).isKnown
    const device = devices.cookies.make()

    expect([await isKnown(device), await isKnown(), await isKnown(device)]).toEqual([
      false,
      false,
      true,
    ])
    await signIn(tenant, userId)
    expect(await signIn(tenant, userId)).toMatchObject({ isKnown: false, isEstablished: false })
  })

  it('is not expected to bring a cookie that it was given just now, however trusted it is', async () => {
    const { tenant, userId, signIn } = await setUp({ trusted_device_days: 30 })

    const trusted = await signIn(tenant, userId, { isTrusted: true })

    expect(trusted).toMatchObject({ isEstablished: false, isKnown: false })
  })

  it('lives from its last sign-in on, also where it brings no cookie', async () => {
    const { world, tenant, userId, signIn, devices } = await setUp()
    const { id } = await signIn(tenant, userId)
    world.clock.advance(days(100))
    await signIn(tenant, userId)
    world.clock.advance(days(100))
    const { context } = await startBareSession(world, tenant, { userId })

    expect((await devices.list(context, PAGE)).map((device) => device.id)).toEqual([id])
  })

  it('that brings no cookie begins anew when it has expired', async () => {
    const { world, tenant, userId, signIn, devices } = await setUp()
    const first = await signIn(tenant, userId)
    world.clock.advance(DEVICE_LIFETIME)

    const again = await signIn(tenant, userId)

    expect(again.id).not.toBe(first.id)
    const { context } = await startBareSession(world, tenant, { userId })
    expect(await devices.list(context, PAGE)).toMatchObject([
      { id: again.id, firstSeenAt: world.clock.now() },
    ])
  })

  it.each([true, false])(
    'is not seen earlier, nor forgotten earlier, when the clock steps back; with a cookie: %s (I11)',
    async (hasCookie) => {
      const { world, tenant, userId, signIn, devices } = await setUp()
      const device = hasCookie ? devices.cookies.make() : undefined
      const seenAt = world.clock.now()
      await signIn(tenant, userId, { device })
      world.clock.advance(hours(-1))

      await signIn(tenant, userId, { device })

      const [rows] = await world.database.tenantBatch(tenant.id, [
        sql<{ last_seen_at: Date; expires_at: Date }>`
          SELECT last_seen_at, expires_at FROM devices WHERE tenant_id = current_tenant_id()`,
      ])
      const expiresAt = new Date(seenAt.getTime() + DEVICE_LIFETIME.milliseconds)
      expect(rows).toMatchObject([{ last_seen_at: seenAt, expires_at: expiresAt }])
    },
  )

  it('that is trusted anew is so for as long as the first time', async () => {
    const { world, tenant, userId, signIn } = await setUp({ trusted_device_days: 30 })
    const { device } = await signIn(tenant, userId, { isTrusted: true })
    world.clock.advance(days(20))
    await signIn(tenant, userId, { device, isTrusted: true })
    world.clock.advance(days(29))

    const context = world.context(tenant, { source: { ip: '192.0.2.1', userAgent: '', device } })
    const isTrusted = await world.database.withTenant(tenant.id, (tx) =>
      isDeviceTrusted(tx, context, userId),
    )

    expect(isTrusted).toBe(true)
  })

  it('is purged with all that expired, in pages', async () => {
    const { world, tenant, userId, devices } = await setUp()
    const ids = Array.from({ length: 501 }, () => toUuid(newId('dev')))
    const now = world.clock.now()
    await world.database.tenantBatch(tenant.id, [
      sql`INSERT INTO devices
                 (tenant_id, id, user_id, device_hash, label, source_ip, first_seen_at,
                  last_seen_at, expires_at, is_established)
          SELECT current_tenant_id(), id, ${toUuid(userId)}::uuid, sha256(id::text::bytea), 'curl',
                 '192.0.2.1', ${now}::timestamptz, ${now}::timestamptz, ${now}::timestamptz, true
            FROM unnest(${ids}::uuid[]) AS new (id)`,
    ])

    expect(await devices.purgeExpired(world.context(tenant))).toBe(501)
  })
})
