import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import {
  days,
  type Duration,
  milliseconds,
  minutes,
  seconds,
  toUuid,
} from '../../../src/kernel/index.ts'
import { sql } from '../../../src/platform/db/index.ts'
import { readAudit } from '../../support/audit-trail.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { openPostgresDatabase } from '../../support/postgres-database.ts'
import { postgresLane } from '../../support/postgres-lane.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { SignalClient, type StreamBody, typesOf } from '../../support/signal-client.ts'
import { SignalReceiver } from '../../support/signal-receiver.ts'

describe('RFC 8935 on the embedded database', () => suite(async () => undefined))
describe.skipIf(postgresLane() === undefined)('RFC 8935 on PostgreSQL', () =>
  suite(() => openPostgresDatabase(postgresLane() ?? '')),
)

function suite(openDatabase: () => Promise<World['database'] | undefined>): void {
  let receiver: SignalReceiver
  let world: World
  let other: World
  let tenant: Tenant
  let client: SignalClient
  let paths = 0

  beforeAll(async () => {
    receiver = await SignalReceiver.start()
    const database = await openDatabase()
    // No job runs beside what a test does.
    const common = {
      clock: new RunningClock(),
      egress: receiver.egress,
      withoutJobs: true as const,
    }
    world = await openWorld({ ...common, ...(database === undefined ? {} : { database }) })
    // Another node: the same database and keys, and nothing else in common.
    other = await openWorld({ ...common, besides: world })
    tenant = await world.tenant()
  })
  afterEach(() => {
    receiver.answer = () => ({ status: 202 })
  })
  afterAll(async () => {
    await world.close()
    await receiver.stop()
  })

  /** A receiver of all users, with a path of its own. */
  async function open(of = tenant, delivery: object = {}) {
    client = await SignalClient.register(world, of)
    await world.app.sharedSignals.allowSubjects(world.internalContext(of), client.id, 'all')
    const path = `/events/${++paths}`
    const stream = await client.createPushed(path, delivery)
    return { client, stream, path }
  }

  async function happen(count = 1, of = tenant): Promise<void> {
    const user = await world.actors.user({ tenant: of })
    for (let i = 0; i < count; i++) {
      const context = world.internalContext(of)
      const isOdd = i % 2 === 1
      await (isOdd
        ? world.app.identity.resumeUser(context, user.userId)
        : world.app.identity.suspendUser(context, user.userId))
    }
  }

  /** The engine reads the clock of the machine for its tokens, so that one is not moved for good. */
  async function later<T>(by: Duration, act: () => Promise<T>): Promise<T> {
    world.clock.advance(by)
    const result = await act()
    world.clock.advance(milliseconds(-by.milliseconds))
    return result
  }

  const forgetJobs = () =>
    world.database.withoutTenant((tx) =>
      tx.run(sql`DELETE FROM pgboss.job WHERE name = 'push-signals'`),
    )
  const jobsOf = ({ stream_id }: StreamBody) =>
    world.database.withoutTenant((tx) =>
      tx.run(sql<{ seconds: number }>`
        SELECT extract(epoch FROM start_after - now())::float8 AS seconds FROM pgboss.job
         WHERE name = 'push-signals' AND data->>'stream' = ${toUuid(stream_id)}`),
    )
  const countJobs = async (stream: StreamBody) => (await jobsOf(stream)).length

  const bodiesAt = (path: string) =>
    receiver.pushes.filter((push) => push.path === path).map(({ body }) => body)
  const claimsAt = async (path: string) => receiver.claimsAt(path, await client.trust())
  const stateOf = async ({ stream_id }: StreamBody) => {
    const page = { after: undefined, limit: 100 }
    const all = await world.app.sharedSignals.list(world.internalContext(tenant), page)
    return all.find(({ id }) => id === stream_id)
  }

  it('§2: one event is one POST, with the type and the credential that were asked for', async () => {
    const { stream, path } = await open(tenant, { authorization_header: 'Bearer of-the-receiver' })
    await happen(2)

    expect(await client.push(stream)).toEqual({ kind: 'done', sent: 2 })

    const [first] = receiver.pushes.filter((push) => push.path === path)
    expect(first?.headers).toMatchObject({
      'content-type': 'application/secevent+jwt',
      accept: 'application/json',
      authorization: 'Bearer of-the-receiver',
    })
    expect(typesOf(await claimsAt(path))).toEqual(['account-disabled', 'account-enabled'])
  })

  it('§2.2: 202 settles an event; it is not sent again', async () => {
    const { stream, path } = await open()
    await happen()
    await client.push(stream)

    expect(await client.push(stream)).toEqual({ kind: 'done', sent: 0 })

    expect(bodiesAt(path)).toHaveLength(1)
    expect(await stateOf(stream)).toMatchObject({ pending: 0, lastError: undefined })
  })

  it.each([
    [{ status: 200 }, 'http_200'],
    [{ status: 500 }, 'http_500'],
    [{ status: 400 }, 'http_400'],
    [{ status: 302, headers: { location: 'https://169.254.169.254/' } }, 'redirect_refused'],
    [{ status: 400, body: { err: 'authentication_failed' } }, 'authentication_failed'],
    [{ status: 400, body: { err: 'invalid_key', description: 'a\nb' } }, 'invalid_key: a b'],
  ])('§2.3: after %o it waits, and the same event comes again later', async (answer, error) => {
    const { stream, path } = await open()
    await happen()
    receiver.answer = () => answer

    expect(await client.push(stream)).toEqual({ kind: 'failed', error })
    expect(await stateOf(stream)).toMatchObject({ pending: 1, lastError: error })
    receiver.answer = () => ({ status: 202 })
    expect(await client.push(stream)).toEqual({ kind: 'not_due' })
    expect(await later(seconds(30), () => client.push(stream))).toEqual({ kind: 'done', sent: 1 })

    const sets = await claimsAt(path)
    expect(sets).toHaveLength(2)
    expect(sets[1]).toEqual(sets[0])
  })

  it('§2.4: an error about the event settles it, is written down, and holds up nothing', async () => {
    const { stream, path } = await open()
    await happen(2)
    receiver.answer = () => {
      receiver.answer = () => ({ status: 202 })
      return { status: 400, body: { err: 'invalid_request', description: 'what is it' } }
    }

    expect(await client.push(stream)).toEqual({ kind: 'done', sent: 2 })

    expect(bodiesAt(path)).toHaveLength(2)
    const lastError = 'invalid_request: what is it'
    expect(await stateOf(stream)).toMatchObject({ pending: 0, lastError })
    const refusals = (await readAudit(world, tenant)).filter(
      ({ action, details }) =>
        action === 'signal_event.refused' && details['client'] === stream.aud,
    )
    expect(refusals).toMatchObject([{ details: { error: lastError } }])
  })

  it('is sent again under the same jti when a node dies between the sending and the note', async () => {
    const { stream, path } = await open()
    await happen()
    let arrived = () => {}
    let answerAtLast = () => {}
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    receiver.answer = () => {
      arrived()
      return new Promise((resolve) => {
        answerAtLast = () => resolve({ status: 202 })
      })
    }
    const dying = client.push(stream)
    await arrival
    const ref = { tenantId: tenant.id, streamId: stream.stream_id }

    receiver.answer = () => ({ status: 202 })
    expect(await other.app.sharedSignals.push(ref)).toEqual({ kind: 'claimed_elsewhere' })
    const taken = await later(minutes(1), () => other.app.sharedSignals.push(ref))
    expect(taken).toEqual({ kind: 'done', sent: 1 })
    answerAtLast()

    // It finds that the stream is not its own any more, and changes nothing.
    expect(await dying).toEqual({ kind: 'done', sent: 0 })
    const sets = await claimsAt(path)
    expect(sets).toHaveLength(2)
    expect(new Set(sets.map(({ jti }) => jti)).size).toBe(1)
  })

  it('of 50 jobs on two nodes, each event is sent once, and in order', async () => {
    const { stream, path } = await open()
    await happen(25)
    const ref = { tenantId: tenant.id, streamId: stream.stream_id }

    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        (i % 2 === 0 ? world : other).app.sharedSignals.push(ref),
      ),
    )

    const sets = await claimsAt(path)
    expect(new Set(sets.map(({ jti }) => jti)).size).toBe(25)
    expect(sets).toHaveLength(25)
    expect(typesOf(sets)).toEqual(
      Array.from({ length: 25 }, (_, i) => (i % 2 === 0 ? 'account-disabled' : 'account-enabled')),
    )
  })

  it('goes to the receivers of its own tenant only', async () => {
    const globex = await world.tenant()
    const mine = await open()
    const theirs = await open(globex)
    await happen(1, globex)

    expect(await mine.client.push(mine.stream)).toEqual({ kind: 'done', sent: 0 })
    expect(await theirs.client.push(theirs.stream)).toEqual({ kind: 'done', sent: 1 })

    expect(bodiesAt(mine.path)).toEqual([])
    const [set] = await receiver.claimsAt(theirs.path, await theirs.client.trust())
    expect(set).toMatchObject({ iss: globex.issuer, aud: theirs.client.id })
  })

  it('SSF §8.1.2: holds back while it is paused, and forgets when it is disabled', async () => {
    const { stream, path } = await open()
    const { stream_id } = stream
    await client.call('POST', '/ssf/status', { stream_id, status: 'paused' })
    await happen(2)
    expect(await client.push(stream)).toEqual({ kind: 'done', sent: 0 })
    await client.call('POST', '/ssf/status', { stream_id, status: 'enabled' })
    expect(await client.push(stream)).toEqual({ kind: 'done', sent: 2 })

    await happen(1)
    await client.call('POST', '/ssf/status', { stream_id, status: 'disabled' })
    await happen(2)
    await client.call('POST', '/ssf/status', { stream_id, status: 'enabled' })

    expect(await client.push(stream)).toEqual({ kind: 'done', sent: 0 })
    expect(bodiesAt(path)).toHaveLength(2)
  })

  it('is paused after a day of failures, keeps what waits, and says so', async () => {
    const { stream, path } = await open()
    await happen()
    receiver.answer = () => ({ status: 503 })
    await client.push(stream)
    const failed = await later(days(1), () => client.push(stream))
    expect(failed).toEqual({ kind: 'failed', error: 'http_503' })

    const reason = 'delivery_failed'
    expect(await stateOf(stream)).toMatchObject({ status: 'paused', statusBy: 'transmitter' })
    receiver.answer = () => ({ status: 202 })
    expect(await client.push(stream)).toEqual({ kind: 'done', sent: 1 })
    const { stream_id } = stream
    await client.call('POST', '/ssf/status', { stream_id, status: 'enabled' })
    expect(await client.push(stream)).toEqual({ kind: 'done', sent: 1 })

    const accepted = (await claimsAt(path)).slice(-2)
    expect(typesOf(accepted)).toEqual(['stream-updated', 'account-disabled'])
    expect(Object.values(accepted[0]?.events ?? {})).toEqual([{ status: 'paused', reason }])
  })

  it('leaves to a job what it does not manage itself, and what another job has lost', async () => {
    const { stream, path } = await open()
    await happen(12)
    receiver.answer = () => {
      receiver.answer = () => ({ status: 202 })
      world.clock.advance(minutes(3))
      return { status: 202 }
    }
    await forgetJobs()

    expect(await client.push(stream)).toEqual({ kind: 'done', sent: 10 })
    expect(await countJobs(stream)).toBe(1)
    await forgetJobs()
    await world.app.sharedSignals.tidy(world.internalContext(tenant))
    expect(await countJobs(stream)).toBe(1)
    expect(await client.push(stream)).toEqual({ kind: 'done', sent: 2 })
    await forgetJobs()
    await world.app.sharedSignals.tidy(world.internalContext(tenant))

    expect(await countJobs(stream)).toBe(0)
    expect(bodiesAt(path)).toHaveLength(12)
    world.clock.advance(minutes(-3))
  })

  it('asks for another attempt by a job that is not due before', async () => {
    const { stream } = await open()
    await happen()
    receiver.answer = () => ({ status: 500 })
    await forgetJobs()

    await client.push(stream)

    const [job] = await jobsOf(stream)
    expect(job?.seconds).toBeGreaterThanOrEqual(14)
    expect(job?.seconds).toBeLessThan(24)
  })

  it('a change writes the job that pushes it, in its own transaction', async () => {
    const { stream } = await open()
    await forgetJobs()
    const user = await world.actors.user({ tenant })
    await world.app.identity.suspendUser(world.internalContext(tenant), user.userId)

    expect(await countJobs(stream)).toBe(1)
  })

  it('sends nothing to a client that is disabled, until it is active again', async () => {
    const { stream, path } = await open()
    await happen()
    const context = world.internalContext(tenant)
    const registered = await world.app.clients.get(context, client.id)
    const changed = await world.app.clients.update(context, registered, { status: 'disabled' })
    expect(await client.push(stream)).toEqual({ kind: 'done', sent: 0 })
    expect(bodiesAt(path)).toEqual([])

    await world.app.clients.update(context, changed, { status: 'active' })

    expect(await client.push(stream)).toEqual({ kind: 'done', sent: 1 })
  })

  it('does not send a credential to another address than it was given for', async () => {
    const { stream, path } = await open(tenant, { authorization_header: 'Bearer of-the-receiver' })
    await happen()
    await world.database.tenantBatch(tenant.id, [
      sql`UPDATE signal_streams SET endpoint_url = endpoint_url || '/elsewhere'
           WHERE tenant_id = current_tenant_id()`,
    ])

    const outcome = await client.push(stream)

    expect(outcome).toEqual({ kind: 'failed', error: 'credential_unreadable' })
    expect(receiver.pushes.filter((push) => push.path.startsWith(path))).toEqual([])
  })

  it('waits as long as its tenant is suspended', async () => {
    const suspended = await world.tenant()
    const { stream, path } = await open(suspended)
    await happen(1, suspended)
    const system = await world.app.tenants.findBySlug('system')
    if (system === undefined) throw new Error('the system tenant is missing')
    const context = world.internalContext(system)
    await world.app.tenants.update(context, suspended.id, { status: 'suspended' })

    expect(await client.push(stream)).toEqual({ kind: 'tenant_suspended' })

    expect(bodiesAt(path)).toEqual([])
  })

  it.each([
    'https://127.0.0.1/events',
    'https://[::1]/events',
    'https://10.1.2.3/events',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/events',
  ])('never goes to %s', async (endpoint_url) => {
    const { stream } = await open()
    const { stream_id } = stream
    const delivery = { method: 'urn:ietf:rfc:8935', endpoint_url }
    await client.call('PATCH', '/ssf/streams', { stream_id, delivery })
    await happen()

    expect(await client.push(stream)).toEqual({ kind: 'failed', error: 'address_refused' })
  })
}
