import { expect, it } from 'vitest'
import { describeStore, type StoreWorld, countRows } from '../../../test/support/describe-store.ts'
import {
  countEvents,
  readTrail,
  startBareSession,
} from '../../../test/support/start-bare-session.ts'
import { days, hours, newId, Secret, seconds, toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import { createSessions } from '../sessions/index.ts'
import type { Tenant } from '../tenants/index.ts'
import type { RotatedToken, RotationOutcome } from './model.ts'
import { createRefreshTokens } from './refresh-tokens.ts'

const GRACE = seconds(10)

async function setUp(
  open: () => Promise<StoreWorld>,
  settings?: Parameters<StoreWorld['tenant']>[0],
) {
  const world = await open()
  const tenant = await world.tenant({ refresh_grace_seconds: 10, ...settings })
  const tokens = createRefreshTokens({ database: world.database })
  const rotate = (token: Secret<string>, as: Tenant = tenant) =>
    tokens.rotate(world.context(as), token)
  return { world, tenant, tokens, rotate }
}

function expectRotated(outcome: RotationOutcome): RotatedToken {
  if (outcome.kind !== 'rotated') throw new Error(`refused: ${outcome.reason}`)
  return outcome
}

const refused = (reason: string) => ({ kind: 'refused', reason })

async function sessionRow(world: StoreWorld, tenant: Tenant, id: `ses_${string}`) {
  const [rows] = await world.database.tenantBatch(tenant.id, [
    sql<{
      ended_at: Date | null
      end_reason: string | null
      idle_expires_at: Date
      last_seen_at: Date
      absolute_expires_at: Date
    }>`
      SELECT ended_at, end_reason, idle_expires_at, last_seen_at, absolute_expires_at FROM sessions
       WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`,
  ])
  const row = rows[0]
  if (row === undefined) throw new Error('no such session')
  return row
}

describeStore('rotation', (open) => {
  it('exchanges a token for its successor and records it', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const { session, refreshToken } = await startBareSession(world, tenant)

    const rotated = expectRotated(await rotate(refreshToken))

    expect(rotated.refreshToken.equals(refreshToken)).toBe(false)
    expect(rotated.session).toEqual({
      sessionId: session.id,
      userId: session.userId,
      roles: [],
      acr: session.acr,
      amr: ['pwd'],
      authTime: session.authTime,
      absoluteExpiresAt: session.absoluteExpiresAt,
      began: { sourceIp: '192.0.2.1', deviceLabel: 'Unknown device', isSameDevice: false },
    })
    expect(await readTrail(world, tenant)).toMatchObject([
      { action: 'session.refreshed', outcome: 'success', session_id: toUuid(session.id) },
    ])
  })

  it('goes on with the successor, and so on', async () => {
    const { world, tenant, rotate } = await setUp(open)
    let { refreshToken } = await startBareSession(world, tenant)

    for (let i = 0; i < 5; i++) {
      refreshToken = expectRotated(await rotate(refreshToken)).refreshToken
      world.clock.advance(hours(1))
    }

    expect(await countEvents(world, tenant, 'session.refreshed')).toBe(5)
  })

  it('I1: gives 50 parallel requests one and the same successor, and ends the family when the token comes again after the grace', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const { session, refreshToken } = await startBareSession(world, tenant)

    const outcomes = await Promise.all(Array.from({ length: 50 }, () => rotate(refreshToken)))

    const successors = new Set(outcomes.map((one) => expectRotated(one).refreshToken.reveal()))
    expect(successors.size).toBe(1)
    expect(await countRows(world.database, tenant, 'refresh_tokens')).toBe(2)
    expect(await countEvents(world, tenant, 'session.refreshed')).toBe(1)
    expect(await countEvents(world, tenant, 'session.refresh_repeated')).toBe(49)

    world.clock.advance(GRACE)
    expect(await rotate(refreshToken)).toEqual(refused('reused'))

    expect(await sessionRow(world, tenant, session.id)).toMatchObject({
      end_reason: 'refresh_token_reuse',
      ended_at: world.clock.now(),
    })
    const [successor] = successors
    expect(await rotate(new Secret(successor ?? ''))).toEqual(refused('session_over'))
    expect(await countEvents(world, tenant, 'session.reuse_detected')).toBe(1)
  })

  it('I1: holds for 50 parallel requests to two nodes', async () => {
    const { world, tenant, tokens } = await setUp(open)
    const other = createRefreshTokens({ database: world.database })
    const { refreshToken } = await startBareSession(world, tenant)

    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        (i % 2 === 0 ? tokens : other).rotate(world.context(tenant), refreshToken),
      ),
    )

    const successors = outcomes.map((one) => expectRotated(one).refreshToken.reveal())
    expect(new Set(successors).size).toBe(1)
    expect(await countRows(world.database, tenant, 'refresh_tokens')).toBe(2)
  })

  it('gives each of 100 different tokens its own successor', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const sessions = []
    for (let i = 0; i < 100; i++) sessions.push(await startBareSession(world, tenant))

    const outcomes = await Promise.all(sessions.map((one) => rotate(one.refreshToken)))

    const rotated = outcomes.map(expectRotated)
    expect(rotated.map((one) => one.session.sessionId)).toEqual(
      sessions.map((one) => one.session.id),
    )
    expect(new Set(rotated.map((one) => one.refreshToken.reveal())).size).toBe(100)
    const again = await Promise.all(rotated.map((one) => rotate(one.refreshToken)))
    expect(again.map((one) => expectRotated(one).session.sessionId)).toEqual(
      sessions.map((one) => one.session.id),
    )
    expect(await countEvents(world, tenant, 'session.refreshed')).toBe(200)
  })

  it('crosses 50 pairs of tokens on two nodes without a failure', async () => {
    const { world, tenant, tokens } = await setUp(open)
    const other = createRefreshTokens({ database: world.database })
    const sessions = []
    for (let i = 0; i < 50; i++) sessions.push(await startBareSession(world, tenant))
    const context = world.context(tenant)

    const [forward, backward] = await Promise.all([
      Promise.all(sessions.map((one) => tokens.rotate(context, one.refreshToken))),
      Promise.all(sessions.toReversed().map((one) => other.rotate(context, one.refreshToken))),
    ])

    expect(backward.toReversed().map((one) => expectRotated(one).refreshToken.reveal())).toEqual(
      forward.map((one) => expectRotated(one).refreshToken.reveal()),
    )
  })
})

describeStore('a session that something else changes', (open) => {
  it('is rotated all the same', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const { refreshToken, session } = await startBareSession(world, tenant)
    const touch = () =>
      world.database.tenantBatch(tenant.id, [
        sql`UPDATE sessions SET device_label = device_label || '.'
             WHERE tenant_id = current_tenant_id() AND id = ${toUuid(session.id)}`,
      ])

    const [outcome] = await Promise.all([
      rotate(refreshToken),
      ...Array.from({ length: 50 }, touch),
    ])

    expectRotated(outcome)
  })
})

describeStore('the grace', (open) => {
  it('gives the same successor again, with the same facts', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const { refreshToken } = await startBareSession(world, tenant)
    const first = expectRotated(await rotate(refreshToken))
    world.clock.advance(seconds(9))

    const second = expectRotated(await rotate(refreshToken))

    expect(second.refreshToken.equals(first.refreshToken)).toBe(true)
    expect(second).toMatchObject({ expiresAt: first.expiresAt, session: first.session })
  })

  it('does not exist where the policy says 0', async () => {
    const { world, tenant, rotate } = await setUp(open, { refresh_grace_seconds: 0 })
    const { refreshToken } = await startBareSession(world, tenant)
    const { refreshToken: successor } = expectRotated(await rotate(refreshToken))

    expect(await rotate(refreshToken)).toEqual(refused('reused'))
    expect(await rotate(successor)).toEqual(refused('session_over'))
  })

  it('gives one success to 50 parallel requests where the policy says 0', async () => {
    const { world, tenant, rotate } = await setUp(open, { refresh_grace_seconds: 0 })
    const { refreshToken } = await startBareSession(world, tenant)

    const outcomes = await Promise.all(Array.from({ length: 50 }, () => rotate(refreshToken)))

    expect(outcomes.filter((one) => one.kind === 'rotated')).toHaveLength(1)
    expect(
      outcomes.filter((one) => one.kind === 'refused' && one.reason === 'reused'),
    ).toHaveLength(1)
  })

  it('keeps nothing sealed where the policy says 0', async () => {
    const { world, tenant, rotate } = await setUp(open, { refresh_grace_seconds: 0 })
    const { refreshToken } = await startBareSession(world, tenant)

    await rotate(refreshToken)

    expect(await countSealed(world, tenant)).toBe(0)
  })

  it('is for the immediate parent only: its own parent is reuse', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const { refreshToken } = await startBareSession(world, tenant)
    const child = expectRotated(await rotate(refreshToken))
    const grandchild = expectRotated(await rotate(child.refreshToken))

    expect(await rotate(refreshToken)).toEqual(refused('reused'))

    expect(await rotate(grandchild.refreshToken)).toEqual(refused('session_over'))
  })

  it('does not open again when the clock steps back', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const { refreshToken } = await startBareSession(world, tenant)
    await rotate(refreshToken)
    world.clock.advance(seconds(-60))

    expect(await rotate(refreshToken)).toEqual(refused('reused'))
  })

  it('gives nothing for a session that ended in the meantime', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const { refreshToken, context } = await startBareSession(world, tenant)
    await rotate(refreshToken)
    await createSessions({ database: world.database }).endCurrent(context)

    expect(await rotate(refreshToken)).toEqual(refused('session_over'))
  })
})

describeStore('refusals', (open) => {
  it('refuses what was never issued, and ends nothing', async () => {
    const { world, tenant, rotate } = await setUp(open)

    expect(await rotate(new Secret(`${newId('rft')}.${'A'.repeat(43)}`))).toEqual(
      refused('unknown'),
    )

    expect(await countEvents(world, tenant, 'session.refresh_refused')).toBe(1)
  })

  it('refuses a malformed token like an unknown one', async () => {
    const { world, tenant, rotate } = await setUp(open)

    expect(await rotate(new Secret('rft_'))).toEqual(refused('unknown'))

    expect(await readTrail(world, tenant)).toMatchObject([
      { action: 'session.refresh_refused', outcome: 'refused', details: { reason: 'malformed' } },
    ])
  })

  it('does not end the family for a wrong secret, neither before nor after the rotation', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const { refreshToken } = await startBareSession(world, tenant)
    const guess = new Secret(`${refreshToken.reveal().slice(0, 31)}${'A'.repeat(43)}`)

    expect(await rotate(guess)).toEqual(refused('unknown'))
    const successor = expectRotated(await rotate(refreshToken))
    world.clock.advance(GRACE)
    expect(await rotate(guess)).toEqual(refused('unknown'))

    expectRotated(await rotate(successor.refreshToken))
  })

  it('refuses the token of another tenant, and that family lives on', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const foreign = await world.tenant()
    const { refreshToken } = await startBareSession(world, tenant)

    expect(await rotate(refreshToken, foreign)).toEqual(refused('unknown'))

    const successor = expectRotated(await rotate(refreshToken))
    world.clock.advance(GRACE)
    expect(await rotate(refreshToken, foreign)).toEqual(refused('unknown'))
    expectRotated(await rotate(successor.refreshToken))
  })

  it('refuses a token at the moment it expires', async () => {
    const { world, tenant, rotate } = await setUp(open, {
      refresh_token_lifetime_seconds: 3600,
    })
    const { refreshToken } = await startBareSession(world, tenant)
    world.clock.advance(hours(1))

    expect(await rotate(refreshToken)).toEqual(refused('expired'))
  })

  it('refuses after the session ended', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const { refreshToken, context } = await startBareSession(world, tenant)
    await createSessions({ database: world.database }).endCurrent(context)

    expect(await rotate(refreshToken)).toEqual(refused('session_over'))

    expect(await countRows(world.database, tenant, 'refresh_tokens')).toBe(1)
  })

  it.each([
    ['idle', { session_idle_seconds: 3600 }],
    ['absolute', { session_absolute_seconds: 3600 }],
  ])('refuses after the %s limit of the session', async (_, settings) => {
    const { world, tenant, rotate } = await setUp(open, settings)
    const { refreshToken } = await startBareSession(world, tenant)
    world.clock.advance(hours(1))

    expect((await rotate(refreshToken)).kind).toBe('refused')
  })

  it('refuses while the user is suspended', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const { refreshToken, session } = await startBareSession(world, tenant)
    await world.database.tenantBatch(tenant.id, [
      sql`UPDATE users SET status = 'suspended'
           WHERE tenant_id = current_tenant_id() AND id = ${toUuid(session.userId)}`,
    ])

    expect(await rotate(refreshToken)).toEqual(refused('session_over'))
  })

  it('never leaves a usable successor when signing out races with 50 rotations', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const { refreshToken, context } = await startBareSession(world, tenant)
    const sessions = createSessions({ database: world.database })

    const [, ...outcomes] = await Promise.all([
      sessions.endCurrent(context),
      ...Array.from({ length: 50 }, () => rotate(refreshToken)),
    ])

    for (const outcome of outcomes) {
      if (outcome.kind === 'rotated') {
        expect(await rotate(outcome.refreshToken)).toEqual(refused('session_over'))
      }
    }
    expect(await rotate(refreshToken)).toEqual(refused('session_over'))
  })
})

describeStore('limits', (open) => {
  it('moves the idle limit of the session, but never past the absolute one (I11)', async () => {
    const { world, tenant, rotate } = await setUp(open, {
      session_idle_seconds: 3600,
      session_absolute_seconds: 5400,
    })
    const { refreshToken, session } = await startBareSession(world, tenant)
    world.clock.advance(seconds(1000))
    const first = expectRotated(await rotate(refreshToken))
    const early = await sessionRow(world, tenant, session.id)
    world.clock.advance(seconds(3000))

    const second = expectRotated(await rotate(first.refreshToken))

    const late = await sessionRow(world, tenant, session.id)
    expect(early.idle_expires_at.getTime() - session.createdAt.getTime()).toBe(4_600_000)
    expect(late.last_seen_at).toEqual(world.clock.now())
    expect(late.idle_expires_at).toEqual(session.absoluteExpiresAt)
    expect(late.absolute_expires_at).toEqual(session.absoluteExpiresAt)
    expect(second.expiresAt).toEqual(session.absoluteExpiresAt)
  })

  it('are not moved by a token that is presented again', async () => {
    const { world, tenant, rotate } = await setUp(open)
    const { refreshToken, session } = await startBareSession(world, tenant)
    await rotate(refreshToken)
    const before = await sessionRow(world, tenant, session.id)
    world.clock.advance(seconds(5))

    expectRotated(await rotate(refreshToken))

    expect(await sessionRow(world, tenant, session.id)).toEqual(before)
  })

  it('gives a successor the lifetime of the policy', async () => {
    const { world, tenant, rotate } = await setUp(open, { refresh_token_lifetime_seconds: 3600 })
    const { refreshToken } = await startBareSession(world, tenant)
    world.clock.advance(seconds(600))

    const { expiresAt } = expectRotated(await rotate(refreshToken))

    expect(expiresAt.getTime()).toBe(world.clock.now().getTime() + 3_600_000)
  })

  it('purges what expired, keeps what may be reused, and forgets sealed successors', async () => {
    const { world, tenant, tokens, rotate } = await setUp(open, {
      refresh_token_lifetime_seconds: 86_400,
    })
    const { refreshToken } = await startBareSession(world, tenant)
    world.clock.advance(hours(1))
    const successor = expectRotated(await rotate(refreshToken))
    expect(await tokens.purgeExpired(world.context(tenant))).toBe(0)
    expect(await countSealed(world, tenant)).toBe(1)

    world.clock.advance(seconds(16))
    expect(await tokens.purgeExpired(world.context(tenant))).toBe(0)
    expect(await countSealed(world, tenant)).toBe(0)

    world.clock.advance(hours(23))
    expect(await tokens.purgeExpired(world.context(tenant))).toBe(1)
    expectRotated(await rotate(successor.refreshToken))
    world.clock.advance(days(30))
    expect(await tokens.purgeExpired(world.context(tenant))).toBe(2)
  })
})

async function countSealed(world: StoreWorld, tenant: Tenant): Promise<number> {
  const [rows] = await world.database.tenantBatch(tenant.id, [
    sql<{ id: string }>`SELECT id FROM refresh_tokens
                         WHERE tenant_id = current_tenant_id() AND successor_sealed IS NOT NULL`,
  ])
  return rows.length
}
