import { expect, it } from 'vitest'
import { describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import { HOME, openDevices } from '../../../test/support/sign-in-on-device.ts'
import { insertBareUser } from '../../../test/support/start-bare-session.ts'
import { type PresentedDevice, seconds } from '../../kernel/index.ts'
import { DEVICE_LIFETIME } from '../devices/index.ts'
import { createAttemptBudget } from './attempt-budget.ts'

/** An owner with a known device, whose account strangers guess at from 60 places. */
async function setUp(open: () => Promise<StoreWorld>) {
  const world = await open()
  const tenant = await world.tenant({ sign_in_failures_before_delay: 3 })
  const userId = await insertBareUser(world, tenant)
  const account = `${userId}@example.test`
  const { devices, signIn } = openDevices(world)
  const { device } = await signIn(tenant, userId)
  const budget = createAttemptBudget(world.database)
  const at = (on: PresentedDevice | undefined, ip = HOME.ip) =>
    world.context(tenant, { source: { ...HOME, ip, device: on } })
  const guessedByStrangers = async () => {
    for (let i = 0; i < 60; i++) await budget.reserve(at(undefined, `198.51.100.${i}`), account)
  }
  const isBlocked = async (on: PresentedDevice | undefined, ip?: string, of = account) =>
    (await budget.reserve(at(on, ip), of)).blocked
  return {
    world,
    tenant,
    account,
    devices,
    signIn,
    device,
    budget,
    at,
    guessedByStrangers,
    isBlocked,
  }
}

describeStore('the attempts of a known device', (open) => {
  it('are not delayed by strangers elsewhere who guess at the account', async () => {
    const { device, guessedByStrangers, isBlocked } = await setUp(open)
    await guessedByStrangers()

    expect(await isBlocked(undefined, '203.0.113.5')).toBe(true)
    expect(await isBlocked(device)).toBe(false)
  })

  it('are not delayed by strangers behind the same address', async () => {
    const { device, isBlocked } = await setUp(open)
    for (let i = 0; i < 60; i++) await isBlocked(undefined, undefined, `${i % 2}@example.test`)
    for (let i = 0; i < 5; i++) await isBlocked(undefined)

    expect(await isBlocked(undefined)).toBe(true)
    expect(await isBlocked(device)).toBe(false)
  })

  it('have a budget of their own, whose burst of 50 is judged as often as allowed', async () => {
    const { device, isBlocked } = await setUp(open)

    const blocked = await Promise.all(Array.from({ length: 50 }, () => isBlocked(device)))

    expect(blocked.filter((one) => !one)).toHaveLength(3)
  })

  it('are a stranger’s where the device is of somebody else, expired, or was never one', async () => {
    const { world, tenant, device, devices, signIn, guessedByStrangers, isBlocked } =
      await setUp(open)
    const somebodyElse = await signIn(tenant, await insertBareUser(world, tenant))
    await guessedByStrangers()

    expect(await isBlocked(somebodyElse.device)).toBe(true)
    expect(await isBlocked(devices.cookies.make())).toBe(true)
    world.clock.advance(DEVICE_LIFETIME)
    await guessedByStrangers()
    expect(await isBlocked(device)).toBe(true)
  })

  it('forgive strangers nothing when the owner signs in', async () => {
    const { world, tenant, device, budget, at, account, guessedByStrangers, isBlocked } =
      await setUp(open)
    await guessedByStrangers()

    await isBlocked(device)
    await world.database.tenantBatch(tenant.id, [budget.clear(at(device), account)])

    expect(await isBlocked(undefined, '203.0.113.5')).toBe(true)
  })

  it('give the source nothing back when the owner signs in, for they took nothing', async () => {
    const { world, tenant, device, budget, at, account, isBlocked } = await setUp(open)
    for (let i = 0; i < 50; i++) await isBlocked(undefined, undefined, `${i}@example.test`)

    await isBlocked(device)
    await world.database.tenantBatch(tenant.id, [budget.clear(at(device), account)])

    expect(await isBlocked(undefined, undefined, 'another@example.test')).toBe(true)
  })

  it('are forgiven by a right password', async () => {
    const { world, tenant, device, budget, at, account, isBlocked } = await setUp(open)
    for (let i = 0; i < 3; i++) expect(await isBlocked(device)).toBe(false)

    await world.database.tenantBatch(tenant.id, [budget.clear(at(device), account)])

    expect(await isBlocked(device)).toBe(false)
  })

  it('are given back where they were counted, and nowhere else', async () => {
    const { device, budget, at, account, isBlocked } = await setUp(open)
    for (let i = 0; i < 3; i++) expect(await isBlocked(undefined)).toBe(false)

    for (let i = 0; i < 10; i++) {
      expect(await isBlocked(device)).toBe(false)
      await budget.refund(at(device), account)
    }

    expect(await isBlocked(undefined)).toBe(true)
  })

  it('are counted after a restart as before it (I7)', async () => {
    const { world, device, at, account, isBlocked } = await setUp(open)
    for (let i = 0; i < 3; i++) await isBlocked(device)

    const restarted = createAttemptBudget(world.database)

    expect((await restarted.reserve(at(device), account)).blocked).toBe(true)
    world.clock.advance(seconds(2))
    expect((await restarted.reserve(at(device), account)).blocked).toBe(false)
  })
})
