import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { sql } from '../../src/platform/db/index.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { RunningClock } from '../support/running-clock.ts'
import { SignalClient } from '../support/signal-client.ts'
import { SignalReceiver } from '../support/signal-receiver.ts'

/**
 * Threat: a receiver of one tenant has many streams, and answers each push as late as it may: the
 * workers of a node wait for it, and receivers of all other tenants hear late of what happened.
 */
let receiver: SignalReceiver
let world: World
/** Pushes to the slow streams that are under way, and the most that ever were. */
const slow = { underWay: 0, most: 0 }
const over = new AbortController()

beforeAll(async () => {
  receiver = await SignalReceiver.start()
  receiver.answer = async ({ path }) => {
    if (!path.startsWith('/slow')) return { status: 202 }
    slow.underWay += 1
    slow.most = Math.max(slow.most, slow.underWay)
    await sleep(9_000, undefined, { signal: over.signal }).catch(() => undefined)
    slow.underWay -= 1
    return { status: 202 }
  }
  world = await openWorld({ clock: new RunningClock(), egress: receiver.egress })
})
afterAll(async () => {
  over.abort()
  await world.close()
  await receiver.stop()
})

async function openClient(tenant: Tenant): Promise<SignalClient> {
  const client = await SignalClient.register(world, tenant)
  await world.app.sharedSignals.allowSubjects(world.internalContext(tenant), client.id, 'all')
  return client
}

async function happen(tenant: Tenant): Promise<void> {
  const context = world.internalContext(tenant)
  const { userId } = await world.actors.user({ tenant })
  await world.app.identity.suspendUser(context, userId)
  await world.app.identity.resumeUser(context, userId)
}

it('receivers of another tenant hear at once, whatever the slow one holds up', async () => {
  const [slowTenant, tenant] = [await world.tenant(), await world.tenant()]
  const [hostile, client] = [await openClient(slowTenant), await openClient(tenant)]
  for (let i = 0; i < 8; i++) await hostile.createPushed(`/slow/${i}`)
  await client.createPushed('/other')
  await happen(slowTenant)
  await happen(slowTenant)
  await expect.poll(() => slow.underWay, { timeout: 15_000 }).toBeGreaterThan(0)

  await happen(tenant)

  const told = () => receiver.pushes.filter(({ path }) => path === '/other').length
  await expect.poll(told, { timeout: 12_000 }).toBe(2)
  expect(slow.most).toBe(2)
  expect(slow.underWay).toBe(2)
  const failed = await world.database.withoutTenant((tx) =>
    tx.run(sql`SELECT id FROM pgboss.job WHERE name = 'push-signals' AND retry_count > 0`),
  )
  expect(failed).toEqual([])
}, 60_000)
