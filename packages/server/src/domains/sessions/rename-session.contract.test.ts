import { expect, it } from 'vitest'
import { tenantState } from '../../../test/attacks/tenant-state.ts'
import { readAudit } from '../../../test/support/audit-trail.ts'
import { describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import {
  insertBareUser,
  readTrail,
  startBareSession,
} from '../../../test/support/start-bare-session.ts'
import { newId, seconds, toUuid, type UserId } from '../../kernel/index.ts'
import { sql, type Tx } from '../../platform/db/index.ts'
import type { DeviceId } from '../devices/index.ts'
import { createSessions } from './sessions.ts'
import { endSession } from './store.ts'

const PAGE = { after: undefined, limit: 50 }
const notFound = expect.objectContaining({ code: 'session_not_found', status: 404 })

async function setUp(
  open: () => Promise<StoreWorld>,
  settings?: Parameters<StoreWorld['tenant']>[0],
) {
  const world = await open()
  const tenant = await world.tenant(settings)
  const sessions = createSessions({ database: world.database })
  const userId = await insertBareUser(world, tenant)
  const start = () => startBareSession(world, tenant, { userId })
  const mine = await start()
  const listed = () => sessions.list(mine.context, PAGE)
  return { world, tenant, sessions, mine, other: await start(), listed }
}

describeStore('naming sessions', (open) => {
  it('names one session, answers it as it is listed, and changes nothing else of it', async () => {
    const { world, tenant, sessions, mine, other, listed } = await setUp(open)
    const before = await listed()

    const answered = await sessions.rename(mine.context, other.session.id, 'Work laptop')

    const isOther = ({ id }: { id: string }) => id === other.session.id
    const expected = before.map((one) => (isOther(one) ? { ...one, name: 'Work laptop' } : one))
    expect(before.map(({ name }) => name)).toEqual([undefined, undefined])
    expect(await listed()).toEqual(expected)
    expect(answered).toEqual(expected.find(isOther))
    expect(answered.deviceLabel).toBe(other.session.deviceLabel)
    expect(await readAudit(world, tenant)).toMatchObject([
      {
        action: 'session.renamed',
        outcome: 'success',
        actor_id: toUuid(mine.session.userId),
        details: {},
      },
    ])
  })

  it('tells the own device of the session, as the list does', async () => {
    const { world, tenant, sessions, mine } = await setUp(open)
    const { session, context } = await startBareSession(world, tenant)
    const newest = await insertBareUser(world, tenant)
    const hash = Buffer.alloc(32, 7)
    const own = newId('dev')
    await world.database.tenantBatch(tenant.id, [
      // The same browser, used by an older and a newer user too.
      insertDevice({ id: newId('dev'), userId: mine.session.userId, hash }),
      insertDevice({ id: own, userId: session.userId, hash }),
      insertDevice({ id: newId('dev'), userId: newest, hash }),
      sql`UPDATE sessions SET device_hash = ${hash}
           WHERE tenant_id = current_tenant_id() AND id = ${toUuid(session.id)}`,
    ])

    const answered = await sessions.rename(context, session.id, 'Desk')

    expect(answered).toMatchObject({ name: 'Desk', deviceId: own, place: 'Bern' })
    expect(await sessions.list(context, PAGE)).toEqual([answered])
  })

  it('gives the same name twice, another one, and none again', async () => {
    const { sessions, mine } = await setUp(open)
    const names = ['Desk', 'Desk', 'x'.repeat(64), '💻'.repeat(32), undefined, undefined]

    for (const name of names) {
      const answered = await sessions.rename(mine.context, mine.session.id, name)
      expect(answered.name).toBe(name)
    }
  })

  it('keeps one of the names of 50 parallel requests, and records each', async () => {
    const { world, tenant, sessions, mine, other, listed } = await setUp(open)
    const names = Array.from({ length: 50 }, (_, i) => `Laptop ${i}`)

    const answers = await Promise.all(
      names.map((name) => sessions.rename(mine.context, mine.session.id, name)),
    )

    expect(answers.map(({ name }) => name)).toEqual(names)
    const left = await listed()
    expect(names).toContain(left.find(({ id }) => id === mine.session.id)?.name)
    expect(left.find(({ id }) => id === other.session.id)?.name).toBeUndefined()
    expect(await readTrail(world, tenant)).toHaveLength(50)
  })

  it('shows the name to an administrator', async () => {
    const { world, tenant, sessions, mine } = await setUp(open)
    const admin = await startBareSession(world, tenant)
    await sessions.rename(mine.context, mine.session.id, 'Desk')

    const seen = await sessions.listOfUser(admin.context, mine.session.userId, PAGE)

    expect(seen).toHaveLength(2)
    expect(seen.find(({ id }) => id === mine.session.id)?.name).toBe('Desk')
  })
})

describeStore('naming a session that is not there', (open) => {
  it('answers the same for a foreign one, one of another tenant, an ended one, and none; and names nothing', async () => {
    const { world, tenant, sessions, mine, other } = await setUp(open)
    const elsewhere = await world.tenant()
    const colleague = await startBareSession(world, tenant)
    const stranger = await startBareSession(world, elsewhere)
    await sessions.end(mine.context, other.session.id)
    const [before, far] = [await tenantState(world, tenant), await tenantState(world, elsewhere)]
    const ids = [colleague.session.id, stranger.session.id, other.session.id, newId('ses')]

    for (const id of ids) {
      await expect(sessions.rename(mine.context, id, 'Mine')).rejects.toEqual(notFound)
    }

    expect(await tenantState(world, tenant)).toEqual(before)
    expect(await tenantState(world, elsewhere)).toEqual(far)
    const [, ...refusals] = await readAudit(world, tenant)
    expect(refusals.map(({ action, outcome }) => [action, outcome])).toEqual(
      ids.map(() => ['session.rename_refused', 'refused']),
    )
    expect(await readTrail(world, elsewhere)).toEqual([])
  })

  it.each([
    ['idle', { session_idle_seconds: 3600 }],
    ['absolute', { session_absolute_seconds: 3600 }],
  ])('knows the session until its %s limit', async (_, settings) => {
    const { world, sessions, mine } = await setUp(open, settings)
    world.clock.advance(seconds(3599))
    await sessions.rename(mine.context, mine.session.id, 'In time')

    world.clock.advance(seconds(1))

    const late = sessions.rename(mine.context, mine.session.id, 'Late')
    await expect(late).rejects.toEqual(notFound)
  })

  it('finds a session ended that ends while it waits for it', async () => {
    const { world, tenant, sessions, mine, other } = await setUp(open)
    const ending = {
      userId: mine.session.userId,
      at: world.clock.now(),
      reason: 'ended_by_user',
    } as const

    const renaming = await world.database.withTenant(tenant.id, async (tx) => {
      await endSession(tx, other.session.id, ending)
      const begun = sessions.rename(mine.context, other.session.id, 'Late').then(
        () => 'renamed',
        (error: unknown) => error,
      )
      if (world.database.kind === 'server') await untilSomebodyWaitsFor(tx)
      return { begun }
    })

    expect(await renaming.begun).toEqual(notFound)
    expect(await readTrail(world, tenant)).toMatchObject([{ action: 'session.rename_refused' }])
  })
})

describeStore('the name of a session', (open) => {
  it('is not changed where the change can not be recorded (I5)', async () => {
    const { world, tenant, sessions, mine } = await setUp(open)
    const before = await tenantState(world, tenant)
    // PostgreSQL takes no null character in a text.
    const source = { ...mine.context.source, ip: '\u0000' }

    const renaming = sessions.rename({ ...mine.context, source }, mine.session.id, 'Desk')

    await expect(renaming).rejects.toThrow()
    expect(await tenantState(world, tenant)).toEqual(before)
  })

  it.each(['', 'x'.repeat(65)])('is never %j, for the database either', async (name) => {
    const { world, tenant, sessions, mine } = await setUp(open)

    await expect(sessions.rename(mine.context, mine.session.id, name)).rejects.toThrow()

    expect(await readTrail(world, tenant)).toEqual([])
  })
})

function insertDevice({ id, userId, hash }: { id: DeviceId; userId: UserId; hash: Buffer }) {
  const now = new Date(0)
  return sql`
    INSERT INTO devices (tenant_id, id, user_id, device_hash, label, source_ip, place,
                         first_seen_at, last_seen_at, expires_at, is_established)
    VALUES (current_tenant_id(), ${toUuid(id)}, ${toUuid(userId)}, ${hash}, 'Firefox on Linux',
            '192.0.2.1', 'Bern', ${now}, ${now}, ${now}, true)`
}

async function untilSomebodyWaitsFor(tx: Tx): Promise<void> {
  const waiting = sql`SELECT FROM pg_locks
                       WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))`
  await expect.poll(() => tx.run(waiting), { timeout: 10_000 }).toHaveLength(1)
}
