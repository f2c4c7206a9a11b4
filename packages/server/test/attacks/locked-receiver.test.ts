import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { ClientContext } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring, readAudit } from '../support/audit-trail.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { openPostgresDatabase } from '../support/postgres-database.ts'
import { postgresLane } from '../support/postgres-lane.ts'
import { RunningClock } from '../support/running-clock.ts'
import { SignalClient, type StreamBody } from '../support/signal-client.ts'

/** Threat: a receiver whose stream an administrator disabled makes itself the same one again. */
let world: World
let tenant: Tenant
let admin: Actor
let client: SignalClient
let stream: StreamBody

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock(), withoutJobs: true })
  tenant = await world.tenant()
  admin = await world.actors.signedIn({ tenant, roles: ['admin'] })
})
beforeEach(async () => {
  client = await SignalClient.register(world, tenant)
  stream = await client.createStream()
  expect((await administer('disabled')).statusCode).toBe(200)
})
afterAll(() => world.close())

const pathOf = ({ stream_id }: StreamBody) => `/api/admin/signals/streams/${stream_id}`
const administer = (status: string) => admin.call('PUT', `${pathOf(stream)}/status`, { status })

it.each<[string, () => ReturnType<SignalClient['call']>]>([
  ['delete it', () => client.call('DELETE', `/ssf/streams?stream_id=${stream.stream_id}`)],
  ['create another one', () => client.call('POST', '/ssf/streams', {})],
])('it can not %s', async (_, act) => {
  const { result, actions } = await auditedDuring(world, tenant, act)

  expectProblem(result, 'signal_stream_locked', 403)
  expect(actions).toEqual([])
})

it.each<[string, () => PromiseLike<{ statusCode: number }>]>([
  ['enables it', () => administer('enabled')],
  ['deletes it', () => admin.call('DELETE', pathOf(stream))],
])('it can again when an administrator %s', async (_, act) => {
  expect((await act()).statusCode).toBeLessThan(300)

  expect((await client.createStream()).stream_id).not.toBe(stream.stream_id)
})

it('one that the receiver disabled itself is its own to delete', async () => {
  await administer('enabled')
  const { stream_id } = stream
  await client.call('POST', '/ssf/status', { stream_id, status: 'disabled' })

  const answer = await client.call('DELETE', `/ssf/streams?stream_id=${stream_id}`)

  expect(answer.statusCode).toBe(204)
  await client.createStream()
})

describe.skipIf(postgresLane() === undefined)('while it creates streams, on PostgreSQL', () => {
  let pool: World

  beforeAll(async () => {
    const database = await openPostgresDatabase(postgresLane() ?? '')
    pool = await openWorld({ clock: new RunningClock(), withoutJobs: true, database })
  })
  afterAll(() => pool.close())

  it('no stream comes after the disabling, whatever else is done at the same time', async () => {
    const { sharedSignals } = pool.app
    const common = await pool.tenant()
    for (let round = 0; round < 3; round++) {
      const racing = await SignalClient.register(pool, common)
      const { stream_id } = await racing.createStream()
      const second = await racing.createStream()
      const internal = pool.internalContext(common)
      const context: ClientContext = { ...internal, client: { id: racing.id, scopes: [] } }
      const delivery = { method: 'poll' } as const
      const wanted = { delivery, eventsRequested: [], description: undefined }
      const change = { status: 'disabled', reason: undefined } as const
      const racers = Array.from({ length: 50 }, (_, i) =>
        i === 16 * round + 4
          ? sharedSignals.changeStatus(internal, stream_id, change)
          : sharedSignals.create(context, wanted),
      )
      const others = [
        sharedSignals.changeOwnStatus(context, stream_id, { ...change, status: 'paused' }),
        sharedSignals.remove(context, second.stream_id),
        sharedSignals.allowSubjects(internal, racing.id, 'all'),
      ]

      const outcomes = await Promise.allSettled([...racers, ...others])

      const refusals = outcomes.flatMap((one) =>
        one.status === 'rejected' ? [(one.reason as { code?: string }).code] : [],
      )
      expect(refusals.filter((code) => !EXPECTED.has(code ?? ''))).toEqual([])
      const trail = await readAudit(pool, common)
      const ofRacing = trail.filter(({ details }) => details['client'] === racing.id)
      const last = ofRacing.findLastIndex(({ action }) => action === 'signal_stream.created')
      const disabling = ofRacing.findIndex(({ details }) => details['status'] === 'disabled')
      expect(disabling).toBeGreaterThan(0)
      expect(last).toBeLessThan(disabling)
    }
  })
})

const EXPECTED = new Set(['signal_stream_locked', 'signal_stream_limit'])
