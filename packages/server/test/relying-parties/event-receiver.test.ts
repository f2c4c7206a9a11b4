import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { ClientId } from '../../src/kernel/index.ts'
import { openPartyWorld, type PartyWorld } from './open-party-world.ts'
import { startExample } from './start-example.ts'

/** `event-receiver.ts` hears of a user whom an administrator suspends. */
let world: PartyWorld
let tenant: Tenant

beforeAll(async () => {
  world = await openPartyWorld()
  tenant = await world.tenant()
})
afterAll(() => world.close())

it('RFC 8936: a program fetches, verifies and acknowledges what it asked for', async () => {
  const { id, secret } = await world.register(tenant, 'events.json', {
    'http://localhost:4820/t/acme': tenant.issuer,
  })
  const context = world.internalContext(tenant)
  await world.app.sharedSignals.allowSubjects(context, id as ClientId, 'all')
  const receiver = startExample('event-receiver.ts', {
    ISSUER: tenant.issuer,
    CLIENT_ID: id,
    CLIENT_SECRET: secret,
  })
  const page = { after: undefined, limit: 10 }
  const streams = () => world.app.sharedSignals.list(context, page)
  await expect.poll(streams, { timeout: 20_000 }).toHaveLength(1)
  const user = await world.actors.user({ tenant })

  await world.app.identity.suspendUser(context, user.userId)

  await receiver.until(`account-disabled {"format":"iss_sub","iss":"${tenant.issuer}"`)
  await expect.poll(async () => (await streams())[0]?.pending, { timeout: 10_000 }).toBe(0)
  await receiver.stop()
}, 60_000)
