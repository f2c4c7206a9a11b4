import { expect, it } from 'vitest'
import { countRows, describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import { HOME, openDevices } from '../../../test/support/sign-in-on-device.ts'
import {
  insertBareUser,
  readTrail,
  startBareSession,
} from '../../../test/support/start-bare-session.ts'
import {
  days,
  newId,
  type PresentedDevice,
  seconds,
  toUuid,
  type UserId,
} from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { DEVICE_LIFETIME } from './policy.ts'
import { endDeviceTrust, isDeviceTrusted } from './trust.ts'

const PAGE = { after: undefined, limit: 50 }

async function setUp(
  open: () => Promise<StoreWorld>,
  settings?: Parameters<StoreWorld['tenant']>[0],
) {
  const world = await open()
  const tenant = await world.tenant(settings)
  const userId = await insertBareUser(world, tenant)
  return { world, tenant, userId, ...openDevices(world) }
}

/** A device that is trusted, and the question whether it still is. */
async function setUpTrusted(open: () => Promise<StoreWorld>, daysOfTrust = 30) {
  const parts = await setUp(open, { trusted_device_days: daysOfTrust })
  const { world, tenant, userId, signIn } = parts
  const { device } = await signIn(tenant, userId, { isTrusted: true })
  const isTrusted = (
    on: PresentedDevice | undefined = device,
    as = userId,
    at: Tenant = tenant,
  ) => {
    const context = world.context(at, { source: { ...HOME, device: on } })
    return world.database.withTenant(at.id, (tx) => isDeviceTrusted(tx, context, as))
  }
  return { ...parts, device, isTrusted }
}

async function insertFactor(world: StoreWorld, tenant: Tenant, userId: UserId) {
  const now = world.clock.now()
  await world.database.tenantBatch(tenant.id, [
    sql`INSERT INTO authentication_factors
               (tenant_id, id, user_id, kind, secret_sealed, created_at, confirmed_at)
        VALUES (current_tenant_id(), ${toUuid(newId('fct'))}, ${toUuid(userId)}, 'totp',
                ${Buffer.from('sealed')}, ${now}, ${now})`,
  ])
}

async function insertCredential(world: StoreWorld, tenant: Tenant, userId: UserId) {
  await world.database.tenantBatch(tenant.id, [
    sql`INSERT INTO webauthn_credentials
               (tenant_id, id, user_id, credential_id, public_key, sign_count, is_backup_eligible,
                is_backed_up, transports, aaguid, attestation_format, name, created_at)
        VALUES (current_tenant_id(), ${toUuid(newId('wac'))}, ${toUuid(userId)},
                ${Buffer.alloc(16)}, ${Buffer.alloc(16)}, 0, false, false, '{}',
                '00000000-0000-0000-0000-000000000000', 'none', 'key', ${world.clock.now()})`,
  ])
}

describeStore('a sign-in on a device', (open) => {
  it('is not told of on the first device, and is on the next one', async () => {
    const { tenant, userId, signIn, messages } = await setUp(open)
    await signIn(tenant, userId)
    expect(messages).toEqual([])

    await signIn(tenant, userId, { source: { ip: '203.0.113.9', userAgent: 'Wget/1.2' } })

    expect(messages).toEqual([
      { to: `${userId}@example.test`, label: 'Wget', place: 'Bern, Switzerland' },
    ])
  })

  it('is told of if every device was forgotten, but not who was signed in before', async () => {
    const { world, tenant, userId, signIn, messages } = await setUp(open)
    await startBareSession(world, tenant, { userId })

    await signIn(tenant, userId)

    expect(messages).toHaveLength(1)
  })

  it('is not told of where the device is known', async () => {
    const { tenant, userId, signIn, messages } = await setUp(open)
    const { device, id } = await signIn(tenant, userId)
    await signIn(tenant, userId, { source: { userAgent: 'Wget/1.2' } })

    const again = await signIn(tenant, userId, { device, source: { ip: '198.51.100.7' } })

    expect(again).toMatchObject({ id, isEstablished: true })
    expect(messages).toHaveLength(1)
  })

  it('is told of with the device of another user, for whom it is another device', async () => {
    const { world, tenant, userId, signIn, messages } = await setUp(open)
    const other = await insertBareUser(world, tenant)
    await signIn(tenant, userId)
    const { device } = await signIn(tenant, other)

    await signIn(tenant, userId, { device })

    expect(messages.map(({ to }) => to)).toEqual([`${userId}@example.test`])
  })

  it('without cookies is one device however often it happens, even 50 times at once', async () => {
    const { world, tenant, userId, signIn, messages } = await setUp(open)

    const seen = await Promise.all(Array.from({ length: 50 }, () => signIn(tenant, userId)))

    expect(await countRows(world.database, tenant, 'devices')).toBe(1)
    expect(new Set(seen.map(({ id }) => id)).size).toBe(1)
    expect(messages).toEqual([])
    const added = (await readTrail(world, tenant)).filter(({ action }) => action === 'device.added')
    expect(added).toHaveLength(1)
  })

  it('50 times at once on one device is one device', async () => {
    const { world, tenant, userId, signIn, devices } = await setUp(open)
    const device = devices.cookies.make()

    await Promise.all(Array.from({ length: 50 }, () => signIn(tenant, userId, { device })))

    expect(await countRows(world.database, tenant, 'devices')).toBe(1)
  })

  it('does not take the place of a browser whose cookie came back', async () => {
    const { world, tenant, userId, signIn } = await setUp(open)
    const { device } = await signIn(tenant, userId)
    await signIn(tenant, userId, { device })

    await signIn(tenant, userId)

    expect(await countRows(world.database, tenant, 'devices')).toBe(2)
  })

  it('begins anew on a device that has expired', async () => {
    const { world, tenant, userId, signIn, messages, devices } = await setUp(open)
    const first = await signIn(tenant, userId)
    await signIn(tenant, userId, { source: { userAgent: 'Wget/1.2' } })
    world.clock.advance(DEVICE_LIFETIME)

    const again = await signIn(tenant, userId, { device: first.device })

    expect(again.id).not.toBe(first.id)
    expect(messages).toHaveLength(2)
    const { context } = await startBareSession(world, tenant, { userId })
    const [listed] = await devices.list(context, PAGE)
    expect(listed?.firstSeenAt).toEqual(world.clock.now())
  })
})

describeStore('the list of devices', (open) => {
  it('shows one’s own that have not expired, newest first, page by page', async () => {
    const { world, tenant, userId, signIn, devices } = await setUp(open)
    await signIn(tenant, userId, { source: { userAgent: 'expired' } })
    world.clock.advance(DEVICE_LIFETIME)
    await signIn(tenant, await insertBareUser(world, tenant))
    const one = await signIn(tenant, userId, { source: { ip: '203.0.113.9' } })
    const two = await signIn(tenant, userId, { source: { userAgent: 'Wget/1.2' } })
    const { context } = await startBareSession(world, tenant, { userId })

    const all = await devices.list(context, PAGE)
    const first = await devices.list(context, { after: undefined, limit: 1 })
    const rest = await devices.list(context, { after: two.id, limit: 1 })

    expect(all.map(({ id }) => id)).toEqual([two.id, one.id])
    expect(first.map(({ id }) => id)).toEqual([two.id])
    expect(rest.map(({ id }) => id)).toEqual([one.id])
    expect(all[1]).toMatchObject({
      label: 'curl',
      place: 'Bern, Switzerland',
      sourceIp: '203.0.113.9',
      trustedUntil: undefined,
    })
  })

  it('says until when a device is trusted, as long as it is', async () => {
    const { world, tenant, userId, signIn, devices, device } = await setUpTrusted(open)
    world.clock.advance(days(1))
    await signIn(tenant, userId, { isTrusted: true })
    const { context } = await startBareSession(world, tenant, { userId })
    const trustedUntil = async () =>
      (await devices.list(context, PAGE)).map((one) => [
        one.hash.equals(device.hash),
        one.trustedUntil,
      ])
    const later = new Date(world.clock.now().getTime() + days(30).milliseconds)
    const until = new Date(later.getTime() - days(1).milliseconds)
    expect(Object.fromEntries(await trustedUntil())).toEqual({ true: until, false: later })

    world.clock.advance(days(29))

    expect(Object.fromEntries(await trustedUntil())).toEqual({ true: undefined, false: later })
  })

  it('forgets one of them, and ends its sessions, and no other one', async () => {
    const { world, tenant, userId, signIn, devices, removed } = await setUp(open)
    const { id, device } = await signIn(tenant, userId)
    const kept = await signIn(tenant, userId, { source: { userAgent: 'Wget/1.2' } })
    const { context } = await startBareSession(world, tenant, { userId })

    await devices.remove(context, id)

    expect((await devices.list(context, PAGE)).map((one) => one.id)).toEqual([kept.id])
    expect(removed).toEqual([device.hash])
    expect((await readTrail(world, tenant)).at(-1)).toMatchObject({ action: 'device.removed' })
  })

  it('does not know the device of somebody else, nor of another tenant', async () => {
    const { world, tenant, userId, signIn, devices } = await setUp(open)
    const globex = await world.tenant()
    const foreign = [
      await signIn(tenant, await insertBareUser(world, tenant)),
      await signIn(globex, await insertBareUser(world, globex)),
      { id: newId('dev') },
    ]
    const { context } = await startBareSession(world, tenant, { userId })

    for (const { id } of foreign) {
      await expect(devices.remove(context, id)).rejects.toMatchObject({ code: 'device_not_found' })
    }

    expect(await countRows(world.database, tenant, 'devices')).toBe(1)
    expect(await countRows(world.database, globex, 'devices')).toBe(1)
    const refused = (await readTrail(world, tenant)).filter(({ outcome }) => outcome === 'refused')
    expect(refused.map(({ action }) => action)).toEqual(foreign.map(() => 'device.removal_refused'))
  })

  it('of somebody who is not here is no list', async () => {
    const { world, tenant, userId, devices } = await setUp(open)
    const { context } = await startBareSession(world, tenant, { userId })
    const stranger = await insertBareUser(world, await world.tenant())

    for (const id of [stranger, newId('usr')]) {
      await expect(devices.listOfUser(context, id, PAGE)).rejects.toMatchObject({
        code: 'user_not_found',
      })
    }
  })

  it('is emptied of what expired, and goes with its user', async () => {
    const { world, tenant, userId, signIn, devices } = await setUp(open)
    await signIn(tenant, userId)
    world.clock.advance(DEVICE_LIFETIME)
    await signIn(tenant, userId, { source: { userAgent: 'Wget/1.2' } })

    expect(await devices.purgeExpired(world.context(tenant))).toBe(1)
    expect(await countRows(world.database, tenant, 'devices')).toBe(1)
    await world.database.tenantBatch(tenant.id, [
      sql`DELETE FROM users WHERE tenant_id = current_tenant_id() AND id = ${toUuid(userId)}`,
    ])
    expect(await countRows(world.database, tenant, 'devices')).toBe(0)
  })
})

describeStore('the trust in a device', (open) => {
  it('lasts as long as the tenant says, and no second longer (I11)', async () => {
    const { world, isTrusted } = await setUpTrusted(open)
    world.clock.advance(seconds(days(30).milliseconds / 1000 - 1))
    expect(await isTrusted()).toBe(true)

    world.clock.advance(seconds(1))

    expect(await isTrusted()).toBe(false)
  })

  it('is not prolonged by signing in', async () => {
    const { world, tenant, userId, signIn, device, isTrusted } = await setUpTrusted(open)
    world.clock.advance(days(29))
    await signIn(tenant, userId, { device })
    expect(await isTrusted()).toBe(true)

    world.clock.advance(days(1))

    expect(await isTrusted()).toBe(false)
  })

  it('is of one user on one device of one tenant', async () => {
    const { world, tenant, device, userId, devices, signIn, isTrusted } = await setUpTrusted(open)
    const other = await insertBareUser(world, tenant)
    await signIn(tenant, other, { device })
    const globex = await world.tenant({ trusted_device_days: 30 })

    expect(await isTrusted(device, other)).toBe(false)
    expect(await isTrusted(devices.cookies.make())).toBe(false)
    expect(await isTrusted(device, userId, globex)).toBe(false)
  })

  it('is not given where the tenant trusts no devices', async () => {
    const { world, tenant, userId, signIn } = await setUp(open, { trusted_device_days: 0 })

    await signIn(tenant, userId, { isTrusted: true })

    const [[row]] = await world.database.tenantBatch(tenant.id, [
      sql<{ n: number }>`SELECT count(trusted_at)::int AS n FROM devices
                          WHERE tenant_id = current_tenant_id()`,
    ])
    expect(row?.n).toBe(0)
  })

  it('does not grow with the policy of the tenant', async () => {
    const { world, tenant, device, userId, isTrusted } = await setUpTrusted(open, 7)
    const policy = { ...tenant.policy, trustedDevice: days(90) }
    world.clock.advance(days(7))

    expect(await isTrusted(device, userId, { ...tenant, policy })).toBe(false)
  })

  it('shrinks with the policy of the tenant', async () => {
    const { world, tenant, device, userId, isTrusted } = await setUpTrusted(open)
    const shortened = (trustedDevice: Tenant['policy']['trustedDevice']) => ({
      ...tenant,
      policy: { ...tenant.policy, trustedDevice },
    })
    world.clock.advance(days(2))

    expect(await isTrusted(device, userId, shortened(days(3)))).toBe(true)
    expect(await isTrusted(device, userId, shortened(days(2)))).toBe(false)
    expect(await isTrusted(device, userId, shortened(days(0)))).toBe(false)
  })

  it('ends with a factor that was added later: that one was not proven there', async () => {
    const { world, tenant, userId, isTrusted } = await setUpTrusted(open)
    world.clock.advance(seconds(1))

    await insertFactor(world, tenant, userId)

    expect(await isTrusted()).toBe(false)
  })

  it('ends with a passkey that was added later', async () => {
    const { world, tenant, userId, isTrusted } = await setUpTrusted(open)
    world.clock.advance(seconds(1))

    await insertCredential(world, tenant, userId)

    expect(await isTrusted()).toBe(false)
  })

  it('ends when a credential changes, and the device stays known', async () => {
    const { world, tenant, userId, signIn, isTrusted } = await setUpTrusted(open)
    const ben = await insertBareUser(world, tenant)
    const bens = await signIn(tenant, ben, { isTrusted: true })
    const end = () =>
      world.database.withTenant(tenant.id, (tx) =>
        endDeviceTrust(tx, world.context(tenant), { userId, reason: 'password_changed' }),
      )

    await end()
    await end()

    expect(await isTrusted()).toBe(false)
    expect(await isTrusted(bens.device, ben)).toBe(true)
    expect(await countRows(world.database, tenant, 'devices')).toBe(2)
    const ended = (await readTrail(world, tenant)).filter(
      ({ action }) => action === 'device.trust_ended',
    )
    expect(ended.map(({ details }) => details)).toEqual([{ reason: 'password_changed', count: 1 }])
  })

  it('survives that a program without cookies signs in from the same place', async () => {
    const { tenant, userId, signIn, isTrusted } = await setUpTrusted(open)

    await signIn(tenant, userId)

    expect(await isTrusted()).toBe(true)
  })
})
