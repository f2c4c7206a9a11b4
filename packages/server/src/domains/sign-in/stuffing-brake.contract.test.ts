import { expect, it } from 'vitest'
import { describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import { HOME, openDevices } from '../../../test/support/sign-in-on-device.ts'
import { insertBareUser } from '../../../test/support/start-bare-session.ts'
import type { PresentedDevice, RequestContext } from '../../kernel/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { type AttemptBudget, createAttemptBudget, type Reservation } from './attempt-budget.ts'
import { BRAKE_DELAY, BRAKE_SOURCES, BRAKE_WINDOW } from './policy.ts'

const ACCOUNTS = 10

async function setUp(open: () => Promise<StoreWorld>) {
  const world = await open()
  const tenant = await world.tenant({ stuffing_brake_accounts: ACCOUNTS })
  const budget = createAttemptBudget(world.database)
  const at = (ip: string, device?: PresentedDevice, as: Tenant = tenant) =>
    world.context(as, { source: { ...HOME, ip, device } })
  const attempt = (account: string, ip = '203.0.113.77', device?: PresentedDevice) =>
    budget.reserve(at(ip, device), account, { isBrakable: true })
  /** Leaked passwords that are wrong here, one for each account. */
  const stuff = async ({ accounts = ACCOUNTS, sources = BRAKE_SOURCES } = {}) => {
    for (let i = 0; i < accounts; i++) {
      await attempt(`victim-${i}@example.test`, `198.51.100.${i % sources}`)
    }
  }
  const isOn = (asked = budget) => isUnderAttack(world, asked, at('203.0.113.200'))
  return { world, tenant, budget, at, attempt, stuff, isOn }
}

describeStore('the brake against credential stuffing', (open) => {
  it('refuses a stranger’s first attempt while it is on, and judges one after the delay', async () => {
    const { world, attempt, stuff } = await setUp(open)
    expect(await attempt('before@example.test')).toMatchObject({ blocked: false, isBraked: false })
    await stuff()

    expect(await attempt('x@example.test')).toMatchObject({ blocked: true, isBraked: true })
    world.clock.advance({ milliseconds: BRAKE_DELAY.milliseconds - 1 })
    expect(await attempt('x@example.test')).toMatchObject({ blocked: true })
    world.clock.advance({ milliseconds: 1 })
    expect(await attempt('x@example.test')).toMatchObject({ blocked: false })
    expect(await attempt('x@example.test')).toMatchObject({ blocked: true })
  })

  it('does not let a burst of 50 through, and after the delay one of them', async () => {
    const { world, attempt, stuff } = await setUp(open)
    await stuff()
    const burst = async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => attempt('y@example.test')))
      return answers.filter(({ blocked }) => !blocked).length
    }

    expect(await burst()).toBe(0)
    world.clock.advance(BRAKE_DELAY)
    expect(await burst()).toBe(1)
  })

  it.each([
    ['too few accounts', { accounts: ACCOUNTS - 1 }],
    ['too few sources', { accounts: ACCOUNTS * 3, sources: BRAKE_SOURCES - 1 }],
  ])('stays off with %s', async (_, attack) => {
    const { attempt, stuff } = await setUp(open)
    await stuff(attack)

    expect(await attempt('x@example.test')).toMatchObject({ blocked: false, isBraked: false })
  })

  it('ends when the failures have stopped', async () => {
    const { world, attempt, stuff, isOn } = await setUp(open)
    await stuff()
    expect(await isOn()).toBe(true)

    world.clock.advance(BRAKE_WINDOW)

    expect(await isOn()).toBe(false)
    expect(await attempt('x@example.test')).toMatchObject({ blocked: false })
  })

  it('does not take old failures of accounts for new ones, nor those of sources', async () => {
    const { world, attempt, stuff, isOn } = await setUp(open)
    await stuff()
    world.clock.advance(BRAKE_WINDOW)
    for (let i = 0; i < BRAKE_SOURCES; i++) await attempt('one@example.test', `192.0.2.${i}`)
    expect(await isOn()).toBe(false)
    world.clock.advance(BRAKE_WINDOW)

    for (let i = 0; i < ACCOUNTS; i++) await attempt(`${i}@example.test`, '192.0.2.1')

    expect(await isOn()).toBe(false)
  })

  it('is not pulled by right passwords that wait for a second factor', async () => {
    const { attempt, budget, at, isOn } = await setUp(open)
    for (let i = 0; i < ACCOUNTS * 2; i++) {
      const [account, ip] = [`${i}@example.test`, `192.0.2.${i}`]
      await budget.refund(at(ip), account, await attempt(account, ip))
    }
    for (let i = 0; i < BRAKE_SOURCES; i++) await attempt('one@example.test', `203.0.113.${i}`)

    expect(await isOn()).toBe(false)
  })

  it('is not kept on by those whom it refuses', async () => {
    const { world, attempt, stuff, isOn } = await setUp(open)
    await stuff()
    world.clock.advance({ milliseconds: BRAKE_WINDOW.milliseconds - 1 })
    for (let i = 0; i < ACCOUNTS * 2; i++) {
      await attempt(`honest-${i % ACCOUNTS}@example.test`, `192.0.2.${i % ACCOUNTS}`)
    }

    world.clock.advance({ milliseconds: 1 })

    expect(await isOn()).toBe(false)
  })

  it('is not pulled by sign-ins that succeed', async () => {
    const { world, tenant, attempt, budget, at, isOn } = await setUp(open)
    for (let i = 0; i < ACCOUNTS * 2; i++) {
      const [account, ip] = [`${i}@example.test`, `192.0.2.${i}`]
      expect(await attempt(account, ip)).toMatchObject({ blocked: false })
      await world.database.tenantBatch(tenant.id, [budget.clear(at(ip), account)])
    }

    expect(await isOn()).toBe(false)
  })

  it('spares known devices, second factors and other tenants', async () => {
    const { world, tenant, attempt, stuff, budget, at } = await setUp(open)
    const userId = await insertBareUser(world, tenant)
    const { device } = await openDevices(world).signIn(tenant, userId)
    const globex = await world.tenant({ stuffing_brake_accounts: ACCOUNTS })
    await stuff()

    const own = `${userId}@example.test`
    const asked = await budget.reserve(at('203.0.113.8', device), own, {
      isBrakable: true,
      asksForCaptcha: true,
    })
    const owner = await attempt(own, '203.0.113.8', device)
    const factor = await budget.reserve(at('203.0.113.9'), 'x@example.test')
    const elsewhere = budget.reserve(at('203.0.113.9', undefined, globex), 'x@example.test', {
      isBrakable: true,
    })

    expect(asked).toMatchObject({ isCaptchaDue: true, isKnownDevice: true, isBraked: false })
    expect(owner).toMatchObject({ blocked: false, isKnownDevice: true, isBraked: false })
    expect(factor).toMatchObject({ blocked: false, isBraked: false })
    expect(await elsewhere).toMatchObject({ blocked: false, isBraked: false })
  })

  it('is on after a restart as before it, and for a clock that stepped back (I7, I11)', async () => {
    const { world, stuff, isOn } = await setUp(open)
    await stuff()
    const restarted = createAttemptBudget(world.database)

    world.clock.advance({ milliseconds: -BRAKE_WINDOW.milliseconds * 2 })

    expect(await isOn(restarted)).toBe(true)
  })
})

/** Asked by somebody who never failed, and without counting them. */
async function isUnderAttack(
  { database }: StoreWorld,
  budget: AttemptBudget,
  context: RequestContext,
): Promise<boolean> {
  const asked = database.withTenant(context.tenant.id, async (tx) => {
    const counted = await budget.reserveIn(tx, context, 'new@example.test', {
      asksForCaptcha: true,
    })
    throw counted
  })
  const reservation = await asked.catch((counted: unknown) => counted as Reservation)
  return reservation.isCaptchaDue
}
