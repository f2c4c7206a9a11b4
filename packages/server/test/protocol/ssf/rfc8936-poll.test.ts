import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { days, milliseconds, toUuid } from '../../../src/kernel/index.ts'
import { sql } from '../../../src/platform/db/index.ts'
import { readAudit } from '../../support/audit-trail.ts'
import { expectProblem } from '../../support/expect-problem.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { openPostgresDatabase } from '../../support/postgres-database.ts'
import { postgresLane } from '../../support/postgres-lane.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { ALL_EVENTS, SignalClient, type StreamBody, typesOf } from '../../support/signal-client.ts'

describe('RFC 8936 on the embedded database', () => suite(async () => undefined, false))
describe.skipIf(postgresLane() === undefined)('RFC 8936 on PostgreSQL', () =>
  suite(() => openPostgresDatabase(postgresLane() ?? ''), true),
)

function suite(
  openDatabase: () => Promise<World['database'] | undefined>,
  hasConnections: boolean,
): void {
  let world: World
  let tenant: Tenant
  let client: SignalClient
  let stream: StreamBody

  beforeAll(async () => {
    const database = await openDatabase()
    const clock = new RunningClock()
    world = await openWorld({
      clock,
      withoutJobs: true,
      ...(database === undefined ? {} : { database }),
    })
    tenant = await world.tenant()
  })
  afterAll(() => world.close())

  async function open(): Promise<void> {
    client = await SignalClient.register(world, tenant)
    await world.app.sharedSignals.allowSubjects(world.internalContext(tenant), client.id, 'all')
    stream = await client.createStream()
  }

  async function happen(count = 1): Promise<void> {
    const user = await world.actors.user({ tenant })
    for (let i = 0; i < count; i++) {
      const context = world.internalContext(tenant)
      if (i % 2 === 0) await world.app.identity.suspendUser(context, user.userId)
      else await world.app.identity.resumeUser(context, user.userId)
    }
  }

  const jtisOf = (sets: readonly { readonly jti: string }[]) => sets.map(({ jti }) => jti)
  const stateOf = async () => {
    const page = { after: undefined, limit: 100 }
    const all = await world.app.sharedSignals.list(world.internalContext(tenant), page)
    return all.find(({ id }) => id === stream.stream_id)
  }

  it('§2.4: hands out the oldest first, at most `maxEvents`, and says that there are more', async () => {
    await open()
    await happen(3)

    const answer = await client.poll(stream, { maxEvents: 2 })

    const { sets, moreAvailable } = answer.json<{ sets: object; moreAvailable: boolean }>()
    expect(Object.keys(sets)).toHaveLength(2)
    expect(moreAvailable).toBe(true)
    expect(typesOf(await client.fetch(stream))).toEqual([
      'account-disabled',
      'account-enabled',
      'account-disabled',
    ])
  })

  it('§2.4: repeats an event under its jti until it is acknowledged, and then never', async () => {
    await open()
    await happen(2)
    const first = await client.fetch(stream)

    expect(await client.fetch(stream)).toEqual(first)
    const rest = await client.fetch(stream, { ack: [first[0]?.jti] })
    expect(jtisOf(rest)).toEqual([first[1]?.jti])
    await client.poll(stream, { maxEvents: 0, ack: jtisOf(rest) })

    expect(await client.fetch(stream)).toEqual([])
    expect(await stateOf()).toMatchObject({ pending: 0 })
  })

  it('§2.6: settles what the receiver reports an error for, and writes it down', async () => {
    await open()
    await happen()
    const [set] = await client.fetch(stream)

    const setErrs = { [set?.jti ?? '']: { err: 'invalid_request', description: 'odd' } }
    await client.poll(stream, { setErrs })

    expect(await stateOf()).toMatchObject({ pending: 0, lastError: 'invalid_request: odd' })
    expect((await readAudit(world, tenant)).at(-1)).toMatchObject({
      action: 'signal_event.refused',
      details: { jti: set?.jti, error: 'invalid_request: odd' },
    })
  })

  it('§2.4: waits for an event unless it is to answer at once, and not without end', async () => {
    await open()
    const waiting = client.poll(stream, { returnImmediately: false })
    await new Promise((resolve) => setTimeout(resolve, 200))
    await happen()

    expect(Object.keys((await waiting).json<{ sets: object }>().sets)).toHaveLength(1)
    await client.poll(stream, { ack: jtisOf(await client.fetch(stream)) })
    const begun = performance.now()
    const empty = await client.poll(stream, { returnImmediately: false })
    expect(empty.json()).toEqual({ sets: {}, moreAvailable: false })
    expect(performance.now() - begun).toBeGreaterThan(4_000)
  }, 20_000)

  it('50 polls and acknowledgements in parallel lose nothing and bring nothing back', async () => {
    await open()
    await happen(10)
    const before = jtisOf(await client.fetch(stream))

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => client.fetch(stream, { ack: [before[i % 5]] })),
    )

    const seen = new Set(answers.flatMap(jtisOf))
    expect([...seen].every((jti) => before.includes(jti))).toBe(true)
    expect(jtisOf(await client.fetch(stream))).toEqual(before.slice(5))
  })

  it('acknowledges nothing of another stream', async () => {
    await open()
    await happen()
    const [set] = await client.fetch(stream)
    const foreign = await SignalClient.register(world, tenant)
    const theirs = await foreign.createStream()
    const setErrs = { [set?.jti ?? '']: { err: 'x' } }

    await foreign.poll(theirs, { ack: [set?.jti, 'nonsense'], setErrs })

    expect(await client.fetch(stream)).toEqual([set])
  })

  it('is not the way to fetch from a stream that is pushed', async () => {
    await open()
    const pushed = await client.createPushed('/a')

    expectProblem(await client.poll(pushed), 'signal_stream_not_found', 404)
  })

  it('SSF §8.1.2: brings nothing of a stream that is paused, and all of it later', async () => {
    await open()
    const { stream_id } = stream
    await client.call('POST', '/ssf/status', { stream_id, status: 'paused' })
    await happen()
    expect(await client.fetch(stream)).toEqual([])

    await client.call('POST', '/ssf/status', { stream_id, status: 'enabled' })

    expect(await client.fetch(stream)).toHaveLength(1)
  })

  it('SSF §8.1.5: tells the receiver that an administrator disabled the stream', async () => {
    await open()
    await happen()
    const admin = await world.actors.signedIn({ tenant, roles: ['admin'] })
    const path = `/api/admin/signals/streams/${stream.stream_id}/status`

    await admin.call('PUT', path, { status: 'disabled', reason: 'misuse' })

    const sets = await client.fetch(stream)
    expect(sets.map(({ events }) => Object.values(events))).toEqual([
      [{ status: 'disabled', reason: 'misuse' }],
    ])
    expect(sets[0]?.sub_id).toEqual({ format: 'opaque', id: stream.stream_id })
  })

  it('gives up after seven days what nobody fetched, and disables the stream to say so', async () => {
    await open()
    await happen()
    const tidy = () => world.app.sharedSignals.tidy(world.internalContext(tenant))
    const [event] = await client.fetch(stream)
    await tidy()
    expect(await stateOf()).toMatchObject({ status: 'enabled', pending: 1 })

    world.clock.advance(days(7))
    await tidy()
    world.clock.advance(milliseconds(-days(7).milliseconds))

    expect(event).toBeDefined()
    expect(await stateOf()).toMatchObject({
      status: 'disabled',
      statusBy: 'transmitter',
      statusReason: 'events_expired',
    })
    expect(typesOf(await client.fetch(stream))).toEqual(['stream-updated'])
  })

  it('SSF §8.1.1.1: of 50 streams that are created in parallel, ten are made', async () => {
    await open()
    await client.call('DELETE', `/ssf/streams?stream_id=${stream.stream_id}`)

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => client.call('POST', '/ssf/streams', {})),
    )

    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(10)
    const refused = answers.filter(({ statusCode }) => statusCode !== 201)
    for (const answer of refused) expectProblem(answer, 'signal_stream_limit', 409)
    expect((await client.call('GET', '/ssf/streams')).json()).toHaveLength(10)
  })

  // The embedded database has one connection: there is nothing that two could do at once.
  if (hasConnections) {
    it('a stream that is deleted at the same time stops no change of a user', async () => {
      await open()
      const user = await world.actors.user({ tenant })
      let change: Promise<unknown> = Promise.resolve()

      await world.database.withTenant(tenant.id, async (tx) => {
        await tx.run(
          sql`DELETE FROM signal_streams WHERE tenant_id = current_tenant_id()
                 AND id = ${toUuid(stream.stream_id)}`,
        )
        change = world.app.identity.suspendUser(world.internalContext(tenant), user.userId)
        await new Promise((resolve) => setTimeout(resolve, 500))
      })

      expect(await change).toMatchObject({ status: 'suspended' })
    })
  }

  it('disables a stream on which more than ten thousand events wait', async () => {
    await open()
    const context = world.internalContext(tenant)
    const fill = (count: number) =>
      world.database.tenantBatch(tenant.id, [
        sql`INSERT INTO signal_events (tenant_id, id, stream_id, type, facts, occurred_at)
            SELECT s.tenant_id, gen_random_uuid(), s.id, 'risc/account-enabled', '{}',
                   ${context.clock.now()}
              FROM signal_streams s, generate_series(1, ${count}::integer)
             WHERE s.tenant_id = current_tenant_id() AND s.status = 'enabled'
               AND s.description = 'full'`,
      ])
    const { stream_id } = stream
    await client.call('PATCH', '/ssf/streams', { stream_id, description: 'full' })
    await fill(10_000)
    await world.app.sharedSignals.tidy(context)
    expect(await stateOf()).toMatchObject({ status: 'enabled' })

    await fill(1)
    await world.app.sharedSignals.tidy(context)

    expect(await stateOf()).toMatchObject({ status: 'disabled', statusReason: 'queue_full' })
    expect(ALL_EVENTS).toContain(stream.events_delivered[0])
  })
}
