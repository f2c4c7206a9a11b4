import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { describeStore } from '../../../../test/support/describe-store.ts'
import { fakePlaces } from '../../../../test/support/fake-places.ts'
import { insertBareUser, startBareSession } from '../../../../test/support/start-bare-session.ts'
import {
  ACR,
  days,
  hours,
  minutes,
  newId,
  seconds,
  type SessionId,
  toUuid,
} from '../../../kernel/index.ts'
import { sql, type Tx } from '../../../platform/db/index.ts'
import { createSignInHabits } from './sign-in-habits.ts'

const HOME = '192.0.2.10'
const SYDNEY = '203.0.113.7'
const places = fakePlaces({
  [HOME]: { country: 'CH', point: { latitude: 46.95, longitude: 7.45, accuracyKm: 20 } },
  [SYDNEY]: { country: 'AU', point: { latitude: -33.87, longitude: 151.21, accuracyKm: 20 } },
})

interface Judged {
  readonly acr?: string
  readonly provenBefore?: number
  readonly isKnownDevice?: boolean
  readonly sessionId?: SessionId
}

describeStore('the habits of a user', (open) => {
  async function setUp(impossible_travel: 'step_up' | 'refuse' = 'step_up') {
    const world = await open()
    const acme = await world.tenant({ impossible_travel })
    const userId = await insertBareUser(world, acme)
    const { database, clock } = world
    const keys = [randomBytes(32), randomBytes(32)]
    const habits = createSignInHabits({ database, keys, places })
    const judgeWithin = async (tx: Tx, ip: string, judged: Judged = {}) => {
      const context = world.context(acme, { source: { ip, userAgent: 'test' } })
      const known = await habits.read(tx, context, userId)
      if (known === undefined) throw new Error('the tenant does not want to know')
      const { acr = ACR.password, provenBefore = 0, isKnownDevice = false, sessionId } = judged
      const authTime = new Date(clock.now().getTime() - provenBefore)
      const session = { id: sessionId ?? newId('ses'), userId, acr, authTime }
      return habits.judge(tx, context, { known, session, client: 'test', isKnownDevice })
    }
    const judge = (ip: string, judged?: Judged) =>
      database.withTenant(acme.id, (tx) => judgeWithin(tx, ip, judged))
    const purge = () => habits.purge(world.context(acme))
    const read = async () => {
      const [rows] = await database.tenantBatch(acme.id, [
        sql<{ learned_at: Date; newest: { network: string[] } }>`
          SELECT learned_at, newest FROM user_habits WHERE tenant_id = current_tenant_id()`,
      ])
      return rows[0]
    }
    return { ...world, acme, userId, judge, judgeWithin, purge, read }
  }

  it('are judged by one sign-in after the other: the second sees where the first one was', async () => {
    const { database, acme, judge, judgeWithin, clock } = await setUp()
    await judge(HOME)
    clock.advance(days(2))
    let second: Promise<readonly string[]> | undefined

    const first = await database.withTenant(acme.id, async (tx) => {
      const signals = await judgeWithin(tx, HOME)
      second = judge(SYDNEY)
      await new Promise((resolve) => setTimeout(resolve, 300))
      return signals
    })

    expect([first, await second]).toEqual([[], ['impossible_travel']])
  })

  it.each([
    ['signed_out', ['impossible_travel']],
    ['risk_refused', []],
  ] as const)(
    'with a newest session that ended as %s: %j from elsewhere',
    async (reason, signals) => {
      const { database, acme, userId, judge, ...world } = await setUp()
      const { session } = await startBareSession({ ...world, database }, acme, { userId })
      await judge(HOME, { sessionId: session.id })
      await database.tenantBatch(acme.id, [
        sql`UPDATE sessions SET ended_at = ${world.clock.now()}, end_reason = ${reason}
           WHERE tenant_id = current_tenant_id() AND id = ${toUuid(session.id)}`,
      ])

      expect(await judge(SYDNEY)).toEqual(signals)
    },
  )

  it('learn nothing of a sign-in that is refused, whatever it proved', async () => {
    const { judge, clock } = await setUp('refuse')
    await judge(HOME)
    clock.advance(hours(1))

    expect(await judge(SYDNEY, { acr: ACR.mfa })).toEqual(['impossible_travel'])
    expect(await judge(HOME)).toEqual([])
  })

  it.each([
    ['a moment ago', 0, []],
    ['an hour ago', hours(1).milliseconds, ['impossible_travel']],
  ] as const)('learn of a factor that was proven %s', async (_, provenBefore, signals) => {
    const { judge, clock } = await setUp()
    await judge(HOME)
    clock.advance(hours(2))

    await judge(SYDNEY, { acr: ACR.mfa, provenBefore })

    expect(await judge(SYDNEY)).toEqual(signals)
  })

  it('say nothing of a known device where nothing is unusual', async () => {
    const { judge } = await setUp()
    await judge(HOME)

    expect(await judge(HOME, { isKnownDevice: true })).toEqual([])
  })

  it('are kept for 180 days after the last sign-in, and no second longer', async () => {
    const { judge, purge, clock } = await setUp()
    await judge(HOME)

    clock.advance(seconds(days(180).milliseconds / 1000 - 1))
    expect(await purge()).toBe(0)
    clock.advance(seconds(1))

    expect(await purge()).toBe(1)
  })

  it('are not older when the clock steps back', async () => {
    const { judge, read, clock } = await setUp()
    const learned = clock.now()
    await judge(HOME)
    clock.advance(minutes(-10))

    await judge(HOME)

    expect((await read())?.learned_at).toEqual(learned)
  })

  it('are written under the current key only', async () => {
    const { judge, read } = await setUp()

    await judge(HOME)

    expect((await read())?.newest.network).toHaveLength(1)
  })

  it('are purged of all who did not come, in pages', async () => {
    const { database, acme, purge, clock } = await setUp()
    const ids = Array.from({ length: 501 }, () => toUuid(newId('usr')))
    await database.tenantBatch(acme.id, [
      sql`INSERT INTO users (tenant_id, id, email, email_key, created_at, updated_at)
          SELECT current_tenant_id(), id, id::text, id::text, '2025-01-01', '2025-01-01'
            FROM unnest(${ids}::uuid[]) AS new (id)`,
      sql`INSERT INTO user_habits (tenant_id, user_id, habits, learned_at)
          SELECT current_tenant_id(), id, '{}', ${clock.now()}::timestamptz
            FROM unnest(${ids}::uuid[]) AS new (id)`,
    ])
    clock.advance(days(180))

    expect(await purge()).toBe(501)
  })
})
