import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { RunningClock } from '../support/running-clock.ts'
import { SignalClient, type StreamBody } from '../support/signal-client.ts'
import { RECEIVER, SignalReceiver } from '../support/signal-receiver.ts'

/**
 * Threat: somebody who may not hear of users any more goes on hearing of them, because what is being
 * pushed was begun before.
 */
let receiver: SignalReceiver
let world: World
let tenant: Tenant
let client: SignalClient
let stream: StreamBody
let path: string

beforeAll(async () => {
  receiver = await SignalReceiver.start()
  world = await openWorld({
    clock: new RunningClock(),
    egress: receiver.egress,
    withoutJobs: true,
  })
  tenant = await world.tenant()
})
beforeEach(async () => {
  client = await SignalClient.register(world, tenant)
  const internal = world.internalContext(tenant)
  await world.app.sharedSignals.allowSubjects(internal, client.id, 'all')
  path = `/of/${client.id}`
  stream = await client.createPushed(path)
  const { userId } = await world.actors.user({ tenant })
  await world.app.identity.suspendUser(internal, userId)
  await world.app.identity.resumeUser(internal, userId)
  await world.app.identity.suspendUser(internal, userId)
})
afterAll(async () => {
  await world.close()
  await receiver.stop()
})

/** Happens while the receiver takes the first event. */
function meanwhile(act: () => Promise<unknown>): void {
  receiver.answer = async () => {
    receiver.answer = () => ({ status: 202 })
    await act()
    return { status: 202 }
  }
}

const countAt = (at: string) => receiver.pushes.filter((push) => push.path === at).length

it('a client that is disabled hears of nothing more', async () => {
  const internal = world.internalContext(tenant)
  const { id } = client
  meanwhile(() => world.app.clients.update(internal, { id }, { status: 'disabled' }))

  await client.push(stream)

  expect(countAt(path)).toBe(1)
  await world.app.clients.update(internal, { id }, { status: 'active' })
  world.clock.advance({ milliseconds: 61_000 })
  expect(await client.push(stream)).toEqual({ kind: 'done', sent: 2 })
  world.clock.advance({ milliseconds: -61_000 })
})

it('a stream that an administrator disables sends no more than the news of it', async () => {
  const internal = world.internalContext(tenant)
  const change = { status: 'disabled', reason: undefined } as const
  meanwhile(() => world.app.sharedSignals.changeStatus(internal, stream.stream_id, change))

  await client.push(stream)

  expect(countAt(path)).toBe(1)
  expect(await client.push(stream)).toEqual({ kind: 'done', sent: 1 })
})

it('an address that the receiver left gets nothing more, and the new one the rest', async () => {
  const delivery = { method: 'urn:ietf:rfc:8935', endpoint_url: `${RECEIVER}${path}/new` }
  const { stream_id } = stream
  meanwhile(() => client.call('PATCH', '/ssf/streams', { stream_id, delivery }))

  await client.push(stream)

  expect(countAt(path)).toBe(1)
  expect(await client.push(stream)).toEqual({ kind: 'done', sent: 2 })
  expect(countAt(`${path}/new`)).toBe(2)
})
