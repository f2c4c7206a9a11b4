import { expect, it } from 'vitest'
import { describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import {
  type BareSession,
  insertBareUser,
  readTrail,
  startBareSession,
} from '../../../test/support/start-bare-session.ts'
import { minutes, newId, seconds, toUuid, type UserContext } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { createSessions } from './sessions.ts'

const PAGE = { after: undefined, limit: 50 }
const notFound = expect.objectContaining({ code: 'session_not_found', status: 404 })
const userNotFound = expect.objectContaining({ code: 'user_not_found', status: 404 })

async function setUp(
  open: () => Promise<StoreWorld>,
  settings?: Parameters<StoreWorld['tenant']>[0],
) {
  const world = await open()
  const tenant = await world.tenant(settings)
  const sessions = createSessions({ database: world.database })
  const isLive = async ({ session, context }: BareSession) =>
    (await sessions.findLive(context, session.id)) !== undefined
  return { world, tenant, sessions, isLive }
}

async function insertKey(world: StoreWorld, tenant: Tenant, status: string) {
  const id = newId('key')
  await world.database.tenantBatch(tenant.id, [
    sql`INSERT INTO signing_keys
               (tenant_id, id, algorithm, status, public_jwk, private_key_sealed, created_at)
        VALUES (current_tenant_id(), ${toUuid(id)}, 'ES256', ${status},
                '{"kty": "EC", "alg": "ES256"}',
                ${['next', 'active'].includes(status) ? Buffer.from('sealed') : null},
                ${world.clock.now()})`,
  ])
  return id
}

describeStore('findLive', (open) => {
  it('tells what is known of the user and the sign-in', async () => {
    const { world, tenant, sessions } = await setUp(open)
    const { session, context } = await startBareSession(world, tenant)
    await world.database.tenantBatch(tenant.id, [
      sql`INSERT INTO roles (tenant_id, name, permissions, created_at)
          VALUES (current_tenant_id(), 'support', ARRAY['users.read'], ${world.clock.now()})`,
      sql`INSERT INTO role_assignments (tenant_id, user_id, role_name, assigned_at)
          VALUES (current_tenant_id(), ${toUuid(session.userId)}, 'support', ${world.clock.now()})`,
    ])

    expect(await sessions.findLive(context, session.id)).toEqual({
      sessionId: session.id,
      userId: session.userId,
      transport: 'bearer',
      authTime: session.authTime,
      acr: session.acr,
      amr: session.amr,
      lastSeenAt: session.lastSeenAt,
      idleExpiresAt: session.idleExpiresAt,
      absoluteExpiresAt: session.absoluteExpiresAt,
      email: `${session.userId}@example.test`,
      emailVerifiedAt: undefined,
      displayName: undefined,
      locale: undefined,
      userCreatedAt: world.clock.now(),
      roles: ['support'],
      permissions: ['users.read'],
    })
  })

  it('gives each of 100 parallel questions its own answer', async () => {
    const { world, tenant, sessions } = await setUp(open)
    const started: BareSession[] = []
    for (let i = 0; i < 50; i++) started.push(await startBareSession(world, tenant))
    const ids = started.flatMap((one) => [one.session.id, newId('ses')])

    const found = await Promise.all(ids.map((id) => sessions.findLive(world.context(tenant), id)))

    expect(found.map((one) => one?.sessionId)).toEqual(
      started.flatMap((one) => [one.session.id, undefined]),
    )
  })

  it.each([
    ['idle', { session_idle_seconds: 3600 }],
    ['absolute', { session_absolute_seconds: 3600 }],
  ])('knows the session until its %s limit', async (_, settings) => {
    const { world, tenant, isLive } = await setUp(open, settings)
    const started = await startBareSession(world, tenant)
    world.clock.advance(seconds(3599))
    expect(await isLive(started)).toBe(true)

    world.clock.advance(seconds(1))

    expect(await isLive(started)).toBe(false)
  })

  it('does not know the session of another tenant', async () => {
    const { world, tenant, sessions } = await setUp(open)
    const { session } = await startBareSession(world, await world.tenant())

    expect(await sessions.findLive(world.context(tenant), session.id)).toBeUndefined()
  })

  it('does not know the session of a suspended user', async () => {
    const { world, tenant, isLive } = await setUp(open)
    const started = await startBareSession(world, tenant)
    await world.database.tenantBatch(tenant.id, [
      sql`UPDATE users SET status = 'suspended' WHERE tenant_id = current_tenant_id()`,
    ])

    expect(await isLive(started)).toBe(false)
  })

  it.each([
    ['next', true],
    ['active', true],
    ['retiring', true],
    ['revoked', false],
    ['gone', false],
  ])('with a signing key that is %s: %s', async (status, expected) => {
    const { world, tenant, sessions } = await setUp(open)
    const { session, context } = await startBareSession(world, tenant)
    const key = await insertKey(world, tenant, status)

    const found = await sessions.findLive(context, session.id, key)

    expect(found !== undefined).toBe(expected)
  })

  it('refuses a signing key that does not exist or is of another tenant', async () => {
    const { world, tenant, sessions } = await setUp(open)
    const { session, context } = await startBareSession(world, tenant)
    const foreign = await insertKey(world, await world.tenant(), 'active')

    expect(await sessions.findLive(context, session.id, newId('key'))).toBeUndefined()
    expect(await sessions.findLive(context, session.id, foreign)).toBeUndefined()
  })
})

describeStore('findByCookie', (open) => {
  const cookieOf = ({ cookie }: BareSession) => cookie?.reveal() ?? ''

  it('finds the session by its cookie', async () => {
    const { world, tenant, sessions } = await setUp(open)
    const started = await startBareSession(world, tenant, { transport: 'cookie' })

    const found = await sessions.findByCookie(world.context(tenant), cookieOf(started))

    expect(found).toMatchObject({ sessionId: started.session.id, transport: 'cookie' })
  })

  it('refuses a wrong secret, a bearer session, another tenant and an ended session', async () => {
    const { world, tenant, sessions } = await setUp(open)
    const started = await startBareSession(world, tenant, { transport: 'cookie' })
    const bearer = await startBareSession(world, tenant)
    const context = world.context(tenant)
    const secret = cookieOf(started).slice(31)
    const foreign = world.context(await world.tenant())

    const wrong = `${started.session.id}.${'A'.repeat(43)}`
    expect(await sessions.findByCookie(context, wrong)).toBeUndefined()
    const borrowed = `${bearer.session.id}.${secret}`
    expect(await sessions.findByCookie(context, borrowed)).toBeUndefined()
    expect(await sessions.findByCookie(foreign, cookieOf(started))).toBeUndefined()
    expect(await sessions.findByCookie(context, 'ses_')).toBeUndefined()
    await sessions.endCurrent(started.context)
    expect(await sessions.findByCookie(context, cookieOf(started))).toBeUndefined()
  })

  it('moves the idle limit at most once a minute, and never past the absolute one', async () => {
    const { world, tenant, sessions, isLive } = await setUp(open, {
      cookie_idle_seconds: 3600,
      session_absolute_seconds: 5400,
    })
    const started = await startBareSession(world, tenant, { transport: 'cookie' })
    const context = world.context(tenant)
    const use = async () => {
      await sessions.findByCookie(context, cookieOf(started))
      return sessions.findLive(context, started.session.id)
    }
    world.clock.advance(seconds(59))
    expect((await use())?.lastSeenAt).toEqual(started.session.createdAt)
    world.clock.advance(seconds(1))
    expect((await use())?.lastSeenAt).toEqual(world.clock.now())

    world.clock.advance(minutes(59))
    expect((await use())?.idleExpiresAt).toEqual(started.session.absoluteExpiresAt)
    world.clock.advance(minutes(29))
    expect(await isLive(started)).toBe(true)
    world.clock.advance(minutes(1))
    expect(await use()).toBeUndefined()
  })
})

describeStore('ending sessions', (open) => {
  it('ends a session at once, and once', async () => {
    const { world, tenant, sessions, isLive } = await setUp(open)
    const mine = await startBareSession(world, tenant)

    await sessions.end(mine.context, mine.session.id)
    await sessions.end(mine.context, mine.session.id)

    expect(await isLive(mine)).toBe(false)
    expect(await readTrail(world, tenant)).toMatchObject([
      { action: 'session.ended', outcome: 'success', details: { reason: 'ended_by_user' } },
    ])
  })

  it('ends a session once for 50 parallel requests', async () => {
    const { world, tenant, sessions } = await setUp(open)
    const mine = await startBareSession(world, tenant)

    await Promise.all(Array.from({ length: 50 }, () => sessions.endCurrent(mine.context)))

    expect(await readTrail(world, tenant)).toHaveLength(1)
  })

  it('answers the same for a foreign session, one of another tenant, and none; and ends nothing', async () => {
    const { world, tenant, sessions, isLive } = await setUp(open)
    const mine = await startBareSession(world, tenant)
    const colleague = await startBareSession(world, tenant)
    const stranger = await startBareSession(world, await world.tenant())

    for (const id of [colleague.session.id, stranger.session.id, newId('ses')]) {
      await expect(sessions.end(mine.context, id)).rejects.toEqual(notFound)
    }

    expect(await isLive(colleague)).toBe(true)
    expect(await isLive(stranger)).toBe(true)
    expect(await readTrail(world, tenant)).toMatchObject(
      Array.from({ length: 3 }, () => ({ action: 'session.end_refused', outcome: 'refused' })),
    )
  })

  it('ends all others and keeps the one that asks', async () => {
    const { world, tenant, sessions, isLive } = await setUp(open)
    const { mine, other, colleague } = await threeSessions(world, tenant)

    await sessions.endOthers(mine.context)

    expect([await isLive(mine), await isLive(other), await isLive(colleague)]).toEqual([
      true,
      false,
      true,
    ])
    expect(await readTrail(world, tenant)).toMatchObject([
      { action: 'session.several_ended', details: { count: 1, sessions: [other.session.id] } },
    ])
  })

  it('ends all', async () => {
    const { world, tenant, sessions, isLive } = await setUp(open)
    const { mine, other, colleague } = await threeSessions(world, tenant)

    await sessions.endAll(mine.context)

    expect([await isLive(mine), await isLive(other), await isLive(colleague)]).toEqual([
      false,
      false,
      true,
    ])
  })

  it('lets an administrator sign a user out, of the own tenant only', async () => {
    const { world, tenant, sessions, isLive } = await setUp(open)
    const { mine, other, colleague } = await threeSessions(world, tenant)
    const stranger = await startBareSession(world, await world.tenant())

    await sessions.endAllOfUser(colleague.context, mine.session.userId)
    const foreign = sessions.endAllOfUser(colleague.context, stranger.session.userId)
    await expect(foreign).rejects.toEqual(userNotFound)
    const unknown = sessions.endAllOfUser(colleague.context, newId('usr'))
    await expect(unknown).rejects.toEqual(userNotFound)

    expect([await isLive(mine), await isLive(other)]).toEqual([false, false])
    expect(await isLive(stranger)).toBe(true)
  })

  it('ends sessions in the transaction that changes a credential, but the kept one', async () => {
    const { world, tenant, sessions, isLive } = await setUp(open)
    const { mine, other, colleague } = await threeSessions(world, tenant)
    const { userId } = mine.session
    const port = sessions.asCredentialChangePort()
    const change = (keep?: typeof mine.session.id) =>
      world.database.withTenant(tenant.id, (tx) =>
        port.credentialChanged(tx, mine.context, userId, 'password_changed', keep),
      )

    await change(mine.session.id)
    expect([await isLive(mine), await isLive(other), await isLive(colleague)]).toEqual([
      true,
      false,
      true,
    ])

    await change()
    await change()
    expect(await isLive(mine)).toBe(false)
    expect(await readTrail(world, tenant)).toHaveLength(2)
  })

  it('does not end anything if the change of the credential is rolled back', async () => {
    const { world, tenant, sessions, isLive } = await setUp(open)
    const mine = await startBareSession(world, tenant)
    const port = sessions.asCredentialChangePort()

    const change = world.database.withTenant(tenant.id, async (tx) => {
      await port.credentialChanged(tx, mine.context, mine.session.userId, 'password_reset')
      throw new Error('the password could not be stored')
    })

    await expect(change).rejects.toThrow('could not be stored')
    expect(await isLive(mine)).toBe(true)
  })

  it('deletes sessions past their absolute limit, with their refresh tokens', async () => {
    const { world, tenant, sessions } = await setUp(open, { session_absolute_seconds: 3600 })
    await startBareSession(world, tenant)
    world.clock.advance(minutes(30))
    const late = await startBareSession(world, tenant)
    world.clock.advance(minutes(30))

    expect(await sessions.purgeExpired(world.context(tenant))).toBe(1)

    const [left] = await world.database.tenantBatch(tenant.id, [
      sql<{ session_id: string }>`SELECT session_id FROM refresh_tokens
                                   WHERE tenant_id = current_tenant_id()`,
    ])
    expect(left).toEqual([{ session_id: toUuid(late.session.id) }])
  })
})

describeStore('listing sessions', (open) => {
  it('shows one’s own live sessions, newest first, page by page', async () => {
    const { world, tenant, sessions } = await setUp(open)
    const userId = await insertBareUser(world, tenant)
    const started: BareSession[] = []
    for (let i = 0; i < 4; i++) started.push(await startBareSession(world, tenant, { userId }))
    await startBareSession(world, tenant)
    const context = started[0]?.context as UserContext
    await sessions.end(context, started[3]?.session.id ?? newId('ses'))
    const expected = started
      .slice(0, 3)
      .map((one) => one.session.id)
      .toSorted()
      .toReversed()

    const all = await sessions.list(context, PAGE)
    const first = await sessions.list(context, { after: undefined, limit: 2 })
    const second = await sessions.list(context, { after: first[1]?.id, limit: 2 })

    expect(all.map((one) => one.id)).toEqual(expected)
    expect([...first, ...second].map((one) => one.id)).toEqual(expected)
    const { device: _, ...session } =
      started.find((one) => one.session.id === expected[2])?.session ?? {}
    expect(all[2]).toEqual({ ...session, deviceId: undefined, place: undefined })
  })

  it('shows an administrator the sessions of a user of the own tenant, and nothing of others', async () => {
    const { world, tenant, sessions } = await setUp(open)
    const { mine, colleague } = await threeSessions(world, tenant)
    const stranger = await startBareSession(world, await world.tenant())

    const list = (userId: typeof mine.session.userId) =>
      sessions.listOfUser(colleague.context, userId, PAGE)

    expect(await list(mine.session.userId)).toHaveLength(2)
    expect(await list(await insertBareUser(world, tenant))).toEqual([])
    await expect(list(stranger.session.userId)).rejects.toEqual(userNotFound)
  })
})

async function threeSessions(world: StoreWorld, tenant: Tenant) {
  const mine = await startBareSession(world, tenant)
  const other = await startBareSession(world, tenant, { userId: mine.session.userId })
  const colleague = await startBareSession(world, tenant)
  return { mine, other, colleague }
}
