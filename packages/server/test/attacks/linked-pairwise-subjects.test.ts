import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { RunningClock } from '../support/running-clock.ts'
import { SignalClient } from '../support/signal-client.ts'

/**
 * Threat: two receivers of different sectors lay what they were told side by side, and find by it
 * that two of their users are one. @see OIDC Core §8.1
 */
let world: World
let tenant: Tenant

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock(), withoutJobs: true })
  tenant = await world.tenant()
})
afterAll(() => world.close())

async function receiverAt(host: string) {
  const client = await SignalClient.register(world, tenant, {
    metadata: { subject_type: 'pairwise', redirect_uris: [`https://${host}/callback`] },
  })
  await world.app.sharedSignals.allowSubjects(world.internalContext(tenant), client.id, 'all')
  return { client, stream: await client.createStream() }
}

it('no member of what two sectors hear of one event is the same but for whose it is and when', async () => {
  const admin = await world.actors.signedIn({ tenant, roles: ['admin'] })
  const ana = await world.actors.signedIn({ tenant })
  const receivers = [await receiverAt('one.example'), await receiverAt('two.example')]
  const answer = await admin.call('POST', `/api/admin/users/${ana.userId}/suspend`)
  expect(answer.statusCode).toBe(200)

  const [one = [], two = []] = await Promise.all(
    receivers.map(({ client, stream }) => client.fetch(stream)),
  )

  expect(one.length).toBeGreaterThan(1)
  expect(two).toHaveLength(one.length)
  const names = (sets: typeof one) =>
    sets.flatMap(({ jti, txn, sub_id }) => [jti, txn, JSON.stringify(sub_id)])
  expect(names(one).filter((name) => names(two).includes(name))).toEqual([])
  // SSF §4.1.8: what has one cause still has one name of it, for each of them.
  for (const sets of [one, two]) expect(new Set(sets.map(({ txn }) => txn)).size).toBe(1)
  expect(JSON.stringify([one, two])).not.toContain(answer.headers['x-request-id'])
})
