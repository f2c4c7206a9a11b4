import { expect, it } from 'vitest'
import { describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import { HOME } from '../../../test/support/sign-in-on-device.ts'
import { countEvents, insertBareUser, readTrail } from '../../../test/support/start-bare-session.ts'
import { randomToken, sha256 } from '../../platform/crypto/index.ts'
import { type PresentedDevice, Secret, seconds } from '../../kernel/index.ts'
import { createSessions, startSession } from '../sessions/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { createRefreshTokens } from './refresh-tokens.ts'
import { startFamily } from './start-family.ts'

function makeDevice(): PresentedDevice {
  const value = randomToken()
  return { value: new Secret(value), hash: sha256(value) }
}

async function setUp(
  open: () => Promise<StoreWorld>,
  settings?: Parameters<StoreWorld['tenant']>[0],
) {
  const world = await open()
  const tenant = await world.tenant({ refresh_grace_seconds: 10, ...settings })
  const [own, foreign] = [makeDevice(), makeDevice()]
  const tokens = createRefreshTokens({ database: world.database })
  const sessions = createSessions({ database: world.database })
  const at = (device: PresentedDevice | undefined, as: Tenant = tenant) =>
    world.context(as, { source: { ...HOME, device } })
  const rotate = (token: Secret<string>, device: PresentedDevice | undefined) =>
    tokens.rotate(at(device), token)
  /** A session that began on `own`; bound if the browser brought its cookie to the sign-in. */
  const start = async (isBound: boolean) => {
    const userId = await insertBareUser(world, tenant)
    const started = startSession(at(own), {
      userId,
      transport: 'bearer',
      authTime: world.clock.now(),
      acr: 'urn:countersign:acr:pwd',
      amr: ['pwd'],
      device: { hash: own.hash, isBound },
    })
    const family = startFamily(at(own), started.session)
    await world.database.tenantBatch(tenant.id, [started.statement, family.statement])
    const isLive = async () =>
      (await sessions.findLive(at(undefined), started.session.id)) !== undefined
    return { token: family.refreshToken, isLive }
  }
  return { world, tenant, own, foreign, rotate, start }
}

async function expectRotated(
  outcome: ReturnType<ReturnType<typeof createRefreshTokens>['rotate']>,
) {
  const rotated = await outcome
  if (rotated.kind !== 'rotated') throw new Error(`refused: ${rotated.reason}`)
  return rotated.refreshToken
}

const mismatch = { kind: 'refused', reason: 'device_mismatch' }

describeStore('a session that is bound to its device', (open) => {
  it.each(['another device', 'no device'])('is refused to %s, and ends', async (who) => {
    const { world, tenant, own, foreign, rotate, start } = await setUp(open)
    const { token, isLive } = await start(true)

    const stolen = await rotate(token, who === 'no device' ? undefined : foreign)

    expect(stolen).toEqual(mismatch)
    expect(await isLive()).toBe(false)
    expect(await rotate(token, own)).toEqual({ kind: 'refused', reason: 'session_over' })
    const event = (await readTrail(world, tenant)).find(
      ({ action }) => action === 'session.device_mismatch',
    )
    expect(event).toMatchObject({
      outcome: 'refused',
      details: { presented: who === 'no device' ? 'none' : 'another' },
    })
  })

  it('is refreshed by its own device', async () => {
    const { own, rotate, start } = await setUp(open)
    const { token, isLive } = await start(true)

    await expectRotated(rotate(await expectRotated(rotate(token, own)), own))

    expect(await isLive()).toBe(true)
  })

  it('gives no successor again to another device within the grace', async () => {
    const { own, foreign, rotate, start } = await setUp(open)
    const { token, isLive } = await start(true)
    await expectRotated(rotate(token, own))

    expect(await rotate(token, foreign)).toEqual(mismatch)
    expect(await isLive()).toBe(false)
  })

  it('is not ended by a token that has expired anyway', async () => {
    const { world, foreign, rotate, start } = await setUp(open, {
      refresh_token_lifetime_seconds: 3600,
    })
    const { token, isLive } = await start(true)
    world.clock.advance(seconds(3600))

    expect(await rotate(token, foreign)).toEqual({ kind: 'refused', reason: 'expired' })
    expect(await isLive()).toBe(true)
  })

  it('ends once when 50 thieves come at once, and none of them gets in', async () => {
    const { world, tenant, foreign, rotate, start } = await setUp(open)
    const { token } = await start(true)

    const outcomes = await Promise.all(Array.from({ length: 50 }, () => rotate(token, foreign)))

    expect(outcomes.filter(({ kind }) => kind === 'rotated')).toEqual([])
    expect(await countEvents(world, tenant, 'session.device_mismatch')).toBe(1)
  })

  it('is refreshed by anybody where the tenant binds nothing', async () => {
    const { foreign, rotate, start } = await setUp(open, { refresh_device_binding: 'off' })
    const { token } = await start(true)

    const next = await expectRotated(rotate(token, foreign))
    await expectRotated(rotate(token, undefined))

    await expectRotated(rotate(next, undefined))
  })
})

describeStore('a session that has not seen the cookie of its device', (open) => {
  it('is refreshed without one: a client may have no cookie jar', async () => {
    const { rotate, start } = await setUp(open)
    const { token } = await start(false)

    await expectRotated(rotate(await expectRotated(rotate(token, undefined)), undefined))
  })

  it('is bound as soon as its device shows it', async () => {
    const { own, rotate, start } = await setUp(open)
    const { token } = await start(false)
    const next = await expectRotated(rotate(token, own))

    expect(await rotate(next, undefined)).toEqual(mismatch)
  })

  it('is not bound to another device, which two tabs may have got at once', async () => {
    const { foreign, rotate, start } = await setUp(open)
    const { token } = await start(false)
    const next = await expectRotated(rotate(token, foreign))

    await expectRotated(rotate(next, undefined))
  })
})
