import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { addDuration, fromUuid, minutes, newId, toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import {
  claimStream,
  extendClaim,
  isStreamClaimed,
  listDueStreams,
  listOverdueStreams,
  noteFailure,
  releaseClaim,
} from './claim-store.ts'
import type { Stream } from './model.ts'
import {
  deleteAllSignals,
  deleteSignals,
  insertStreamSignal,
  listSendable,
  type SignalRow,
} from './signal-store.ts'
import { insertStream, listStreams } from './stream-store.ts'

const RECEIVER = { scope: 'ssf.read', resources: ['https://id.example.test/ssf'] }

describeStore('streams of security events', (open) => {
  async function setUp() {
    const { database, tenant, clock } = await open()
    const acme = await tenant()
    const clientId = newId('cli')
    const now = clock.now()
    const later = (count: number) => addDuration(now, minutes(count))
    await database.tenantBatch(acme.id, [
      sql`INSERT INTO oauth_clients (tenant_id, id, profile, name, status, is_first_party, metadata,
                                     version, created_at, updated_at)
          VALUES (current_tenant_id(), ${toUuid(clientId)}, 'service', 'Monitor', 'active', true,
                  ${JSON.stringify(RECEIVER)}, 1, ${now}, ${now})`,
    ])
    const add = async (changes: Partial<Stream> = {}) => {
      const id = newId('stm')
      const stream: Stream = {
        id,
        clientId,
        description: undefined,
        delivery: { method: 'push', endpointUrl: 'https://receiver.test/', sealed: undefined },
        eventsRequested: [],
        eventsDelivered: [],
        status: 'enabled',
        statusBy: 'receiver',
        statusReason: undefined,
        createdAt: now,
        ...changes,
      }
      await database.tenantBatch(acme.id, [insertStream(stream)])
      return id
    }
    type Id = Awaited<ReturnType<typeof add>>
    const run = async <Row>(statement: Parameters<typeof database.tenantBatch>[1][number]) => {
      const [rows] = await database.tenantBatch(acme.id, [statement])
      return rows as readonly Row[]
    }
    const claim = async (id: Id, at = now, until = later(1)) =>
      (await run(claimStream(id, { now: at, until }))).length === 1
    const fail = async (id: Id, held: Date, retryAt: Date) =>
      (await run(noteFailure(id, { held, error: 'http_500', retryAt, now }))).length === 1
    const extend = async (id: Id, held: Date, until: Date) =>
      (await run(extendClaim(id, { held, until, now }))).length === 1
    const wait = (id: Id, at = now) => {
      const signal = { type: 'ssf/verification', facts: {}, requestId: newId('req') } as const
      return run(insertStreamSignal(id, { ...signal, now: at }))
    }
    const due = async (at = now) =>
      (await run<{ id: string }>(listDueStreams(at))).map(({ id }) => id)
    return { run, add, claim, fail, extend, wait, due, now, later }
  }

  it('are claimed by one until the claim is over', async () => {
    const { add, claim, run, later } = await setUp()
    const id = await add()

    expect([await claim(id), await claim(id)]).toEqual([true, false])
    expect(await run(isStreamClaimed(id, later(0)))).toEqual([{ claimed: true }])
    expect(await claim(id, later(1), later(2))).toBe(true)
  })

  it('are not claimed where they are polled', async () => {
    const { add, claim } = await setUp()

    expect(await claim(await add({ delivery: { method: 'poll' } }))).toBe(false)
  })

  it('are claimed again when a repetition is due, and not before', async () => {
    const { add, claim, fail, later } = await setUp()
    const id = await add()
    await claim(id)
    await fail(id, later(1), later(5))

    expect(await claim(id, new Date(later(5).getTime() - 1))).toBe(false)
    expect(await claim(id, later(5), later(6))).toBe(true)
  })

  it('are given back, extended and failed by whoever has the claim only', async () => {
    const { add, claim, fail, extend, run, later } = await setUp()
    const id = await add()
    await claim(id, later(0), later(1))
    await claim(id, later(1), later(2))

    await run(releaseClaim(id, later(1)))
    expect([await fail(id, later(1), later(9)), await extend(id, later(1), later(9))]).toEqual([
      false,
      false,
    ])
    expect(await claim(id, new Date(later(2).getTime() - 1))).toBe(false)
    await run(releaseClaim(id, later(2)))
    expect(await claim(id)).toBe(true)
  })

  it('have failed no more once something was delivered', async () => {
    const { add, claim, fail, extend, run, later } = await setUp()
    const id = await add()
    await claim(id)
    await fail(id, later(1), later(2))
    await claim(id, later(2), later(3))

    await extend(id, later(3), later(4))

    const state = sql`SELECT failures, failing_since, retry_at FROM signal_streams
                       WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`
    expect(await run(state)).toEqual([{ failures: 0, failing_since: null, retry_at: null }])
  })

  it('are due where something waits that nobody is about to push', async () => {
    const { add, claim, fail, wait, due, later } = await setUp()
    const [free, claimed, failed, paused, polled] = [
      await add(),
      await add(),
      await add(),
      await add({ status: 'paused' }),
      await add({ delivery: { method: 'poll' } }),
    ]
    await add()
    for (const id of [free, claimed, failed, paused, polled]) await wait(id)
    await claim(claimed)
    await claim(failed)
    await fail(failed, later(1), later(5))

    expect(await due()).toEqual([toUuid(free)])
    expect(await due(later(1))).toEqual([free, claimed].map(toUuid))
    expect(await due(later(5))).toEqual([free, claimed, failed].map(toUuid))
  })

  it('are overdue with more than they may hold, or for longer, each for itself', async () => {
    const { add, run, wait, later } = await setUp()
    const [full, old, fine] = [await add(), await add(), await add()]
    for (let i = 0; i < 3; i++) await wait(full, later(5))
    await wait(old, later(1))
    for (let i = 0; i < 2; i++) await wait(fine, later(2))

    expect(await run(listOverdueStreams(later(2), 2))).toEqual([
      { id: toUuid(full), reason: 'queue_full' },
      { id: toUuid(old), reason: 'events_expired' },
    ])
  })

  it('give their events in order, and have those of no other stream taken away', async () => {
    const { add, run, wait, later } = await setUp()
    const [one, other] = [await add(), await add()]
    await wait(one, later(2))
    await wait(one, later(1))
    await wait(other)
    const listed = () => run<SignalRow>(listSendable(one, 10))
    const ids = (await listed()).map(({ id }) => fromUuid('set', id))

    expect((await listed()).map((row) => row.occurred_at)).toEqual([later(1), later(2)])
    expect(await run(deleteSignals(other, ids))).toEqual([])
    await run(deleteAllSignals(other))
    expect(await run(deleteSignals(one, ids))).toHaveLength(2)
  })

  it('are listed newest first, page by page, each with what waits on it', async () => {
    const { add, run, wait } = await setUp()
    const ids = [await add(), await add(), await add()].toSorted().toReversed()
    const [newest, middle, oldest] = ids
    if (newest === undefined || middle === undefined || oldest === undefined)
      throw new Error('none')
    await wait(middle)
    const list = (after: typeof newest | undefined, limit: number) =>
      run<{ id: string; pending: number }>(listStreams(after, limit))

    expect((await list(undefined, 2)).map(({ id, pending }) => [id, pending])).toEqual([
      [toUuid(newest), 0],
      [toUuid(middle), 1],
    ])
    expect((await list(middle, 2)).map(({ id }) => id)).toEqual([toUuid(oldest)])
  })
})
