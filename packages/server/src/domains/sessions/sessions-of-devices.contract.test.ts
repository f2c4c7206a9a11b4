import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { openDevices } from '../../../test/support/sign-in-on-device.ts'
import {
  type BareSession,
  insertBareUser,
  readTrail,
  startBareSession,
} from '../../../test/support/start-bare-session.ts'
import { type PresentedDevice, Secret, toUuid, type UserId } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import { deviceRemoval } from './device-removal.ts'
import { endReplacedSession } from './end-replaced-session.ts'
import { createSessions } from './sessions.ts'

const PAGE = { after: undefined, limit: 50 }

describeStore('the sessions of a device', (open) => {
  async function setUp() {
    const world = await open()
    const tenant = await world.tenant()
    const sessions = createSessions({ database: world.database })
    const { devices, signIn } = openDevices(world)
    /** A session that began on this device. */
    const startOn = async (device: PresentedDevice, userId: UserId) => {
      const started = await startBareSession(world, tenant, { userId })
      await world.database.tenantBatch(tenant.id, [
        sql`UPDATE sessions SET device_hash = ${device.hash}
             WHERE tenant_id = current_tenant_id() AND id = ${toUuid(started.session.id)}`,
      ])
      return started
    }
    const isLive = async ({ session, context }: BareSession) =>
      (await sessions.findLive(context, session.id)) !== undefined
    const [ana, ben] = [await insertBareUser(world, tenant), await insertBareUser(world, tenant)]
    return { world, tenant, sessions, devices, signIn, startOn, isLive, ana, ben }
  }

  it('are listed with the device of their own user, and with no other one', async () => {
    const { sessions, devices, signIn, startOn, tenant, ana, ben } = await setUp()
    const [shared, other] = [devices.cookies.make(), devices.cookies.make()]
    const { id } = await signIn(tenant, ana, { device: shared })
    await signIn(tenant, ana, { device: other })
    await signIn(tenant, ben, { device: shared })
    const { context } = await startOn(shared, ana)

    const listed = await sessions.list(context, PAGE)

    expect(listed.map(({ deviceId }) => deviceId)).toEqual([id])
  })

  it('end with it: those of its user there, and no others', async () => {
    const { world, tenant, sessions, devices, startOn, isLive, ana, ben } = await setUp()
    const [shared, other] = [devices.cookies.make(), devices.cookies.make()]
    const over = await startOn(shared, ana)
    await sessions.endCurrent(over.context)
    const [lost, elsewhere, bens] = [
      await startOn(shared, ana),
      await startOn(other, ana),
      await startOn(shared, ben),
    ]

    await world.database.withTenant(tenant.id, (tx) =>
      deviceRemoval.deviceRemoved(tx, world.context(tenant), {
        userId: ana,
        deviceHash: shared.hash,
      }),
    )

    expect([await isLive(lost), await isLive(elsewhere), await isLive(bens)]).toEqual([
      false,
      true,
      true,
    ])
    expect((await readTrail(world, tenant)).at(-1)).toMatchObject({
      action: 'session.several_ended',
      details: { reason: 'device_removed', count: 1, sessions: [lost.session.id] },
    })
  })

  it('are replaced by a sign-in of the same user with the cookie, and once', async () => {
    const { world, tenant, isLive, ana, ben } = await setUp()
    const old = await startBareSession(world, tenant, { userId: ana, transport: 'cookie' })
    const text = old.cookie?.reveal() ?? ''
    const replace = (userId: UserId, cookie: string) => {
      const sessionCookie = new Secret(cookie)
      const source = { ip: '192.0.2.1', userAgent: 'test', sessionCookie }
      return world.database.withTenant(tenant.id, (tx) =>
        endReplacedSession(tx, world.context(tenant, { source }), userId),
      )
    }

    expect(await replace(ben, text)).toBeUndefined()
    expect(await replace(ana, `${text.slice(0, -43)}${'A'.repeat(43)}`)).toBeUndefined()
    expect(await isLive(old)).toBe(true)
    expect([await replace(ana, text), await replace(ana, text)]).toEqual([
      old.session.id,
      undefined,
    ])
  })
})
