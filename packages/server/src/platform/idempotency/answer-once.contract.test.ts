import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { countRows, describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import { insertAuditEvent, record } from '../../domains/audit/index.ts'
import type { Tenant } from '../../domains/tenants/index.ts'
import { hours, newId, Secret, seconds, toUuid, type UserContext } from '../../kernel/index.ts'
import { createSealer } from '../crypto/index.ts'
import { sql } from '../db/index.ts'
import {
  answerOnce,
  type IdempotencyServices,
  idempotencyErrors,
  purgeIdempotentRequests,
  type RequestWithKey,
} from './index.ts'

const sealer = createSealer({ masterKey: new Secret(randomBytes(32)) })
const asked: RequestWithKey = {
  routeId: 'createThing',
  key: 'key-1',
  content: { body: { name: 'A' } },
}
const IN_USE = { code: 'idempotency_key_in_use' }
const LOST = { code: 'idempotency_answer_lost' }

describeStore('an idempotency key', (open) => {
  async function arrange() {
    const world = await open()
    const tenant = await world.tenant()
    const lost: unknown[] = []
    const onAnswerLost = (error: unknown) => void lost.push(error)
    const services: IdempotencyServices = { database: world.database, sealer, onAnswerLost }
    const context = await userOf(world, tenant)
    /** Does one thing, as use cases do it: the change and its audit event in one transaction. */
    const change = (claimed: UserContext) =>
      world.database.withTenant(tenant.id, (tx) =>
        record(tx, claimed, { action: 'thing.made', outcome: 'success' }),
      )
    const make = async (claimed: UserContext) => {
      await change(claimed)
      return { status: 201, body: { secret: 'shown-once' }, entityTag: '1', headers: { a: 'b' } }
    }
    const once = (work = make, more: Partial<RequestWithKey> = {}, by = context) =>
      answerOnce(services, by, { ...asked, ...more }, work)
    const changes = () => countRows(world.database, tenant, 'audit_events')
    return { world, tenant, context, services, once, make, change, changes, lost }
  }

  it('runs the work once and answers the same again, with status, body, tag and headers', async () => {
    const { once, changes } = await arrange()
    const first = await once()

    const second = await once()

    expect(second).toEqual({ answer: first.answer, isReplayed: true })
    expect(first.isReplayed).toBe(false)
    expect(await changes()).toBe(1)
  })

  it('lets one of fifty through at once; the others get its answer or 409', async () => {
    const { once, changes } = await arrange()

    const results = await Promise.allSettled(Array.from({ length: 50 }, () => once()))

    const ran = results.filter((one) => one.status === 'fulfilled' && !one.value.isReplayed)
    const refused = results.filter((one) => one.status === 'rejected')
    expect(ran).toHaveLength(1)
    for (const { reason } of refused) expect(reason).toMatchObject(IN_USE)
    expect(await changes()).toBe(1)
  })

  it('is refused for another content, whether the first request runs or is over', async () => {
    const { once, make, changes } = await arrange()
    const other = { content: { body: { name: 'B' } } }
    const running = once(async (claimed) => {
      await expect(once(make, other)).rejects.toMatchObject({ code: 'idempotency_key_reused' })
      await expect(once(make)).rejects.toMatchObject(IN_USE)
      return make(claimed)
    })
    await running

    await expect(once(make, other)).rejects.toMatchObject({ code: 'idempotency_key_reused' })
    expect(await changes()).toBe(1)
  })

  it('does not care for the order of members', async () => {
    const { once, make } = await arrange()
    await once(make, { content: { a: 1, b: { c: 2, d: 3 } } })

    const again = await once(make, { content: { b: { d: 3, c: 2 }, a: 1 } })

    expect(again.isReplayed).toBe(true)
  })

  it.each([
    ['user', async (world: StoreWorld, tenant: Tenant) => ({ by: await userOf(world, tenant) })],
    ['tenant', async (world: StoreWorld) => ({ by: await userOf(world, await world.tenant()) })],
    ['route', async () => ({ routeId: 'createOther' })],
    ['key', async () => ({ key: 'key-2' })],
  ])('is another key of another %s', async (_, differ) => {
    const { world, tenant, once } = await arrange()
    await once()
    const { by, ...more } = { by: undefined, ...(await differ(world, tenant)) }
    const otherwise = async () => ({ status: 204 })

    const other = await once(otherwise as never, more, by)

    expect(other).toEqual({ answer: { status: 204 }, isReplayed: false })
    expect(await once(otherwise as never, more, by)).toEqual({ ...other, isReplayed: true })
  })

  it('is free again after a refusal, which changed nothing', async () => {
    const { once, changes } = await arrange()
    const refused = once(async () => {
      throw idempotencyErrors.idempotency_key_malformed()
    })
    await expect(refused).rejects.toMatchObject({ code: 'idempotency_key_malformed' })

    expect((await once()).isReplayed).toBe(false)
    expect(await changes()).toBe(1)
  })

  it('is not free after a failure behind the change', async () => {
    const { once, change, changes, world } = await arrange()
    const failed = once(async (claimed) => {
      await change(claimed)
      throw new Error('after the commit')
    })
    await expect(failed).rejects.toThrow('after the commit')

    await expect(once()).rejects.toMatchObject(IN_USE)
    world.clock.advance(seconds(60))
    await expect(once()).rejects.toMatchObject(LOST)
    expect(await changes()).toBe(1)
  })

  it('of a request that died before its change is free a minute later, and not before', async () => {
    const { once, world, changes } = await arrange()
    await new Promise<void>((begun) => {
      void once(() => {
        begun()
        return new Promise<never>(() => undefined)
      })
    })
    world.clock.advance(seconds(59))
    await expect(once()).rejects.toMatchObject(IN_USE)
    world.clock.advance(seconds(1))

    expect((await once()).isReplayed).toBe(false)
    expect(await changes()).toBe(1)
  })

  it.each(['record', 'insertAuditEvent'])(
    'of a request that was only thought dead lets it change nothing by %s',
    async (by) => {
      const { once, make, world, changes, tenant } = await arrange()
      const [begun, turn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const late = once(async (context) => {
        begun.resolve()
        await turn.promise
        if (by === 'record') return make(context)
        const event = insertAuditEvent(context, { action: 'thing.made', outcome: 'success' })
        await world.database.tenantBatch(tenant.id, [event])
        return make(context)
      })
      await begun.promise
      world.clock.advance(seconds(60))
      const second = await once()
      turn.resolve()

      await expect(late).rejects.toMatchObject(IN_USE)
      expect(await changes()).toBe(1)
      expect(await once()).toEqual({ ...second, isReplayed: true })
    },
  )

  it('stands for nothing a day later', async () => {
    const { once, changes, world } = await arrange()
    await once()
    world.clock.advance(seconds(24 * 60 * 60 - 1))
    expect((await once()).isReplayed).toBe(true)
    world.clock.advance(seconds(1))

    expect((await once()).isReplayed).toBe(false)
    expect(await changes()).toBe(2)
  })

  it('keeps an answer that told of no change', async () => {
    const { once, world } = await arrange()
    await once(async () => ({ status: 200 }) as never)
    world.clock.advance(seconds(61))

    expect(await once()).toEqual({ answer: { status: 200 }, isReplayed: true })
  })

  it('notes no change in the record of a refusal', async () => {
    const { once, world, tenant, changes } = await arrange()
    const refused = once(async (claimed) => {
      const entry = { action: 'thing.refused', outcome: 'refused' } as const
      await world.database.withTenant(tenant.id, (tx) => record(tx, claimed, entry))
      throw idempotencyErrors.idempotency_key_malformed()
    })
    await expect(refused).rejects.toThrow()

    expect((await once()).isReplayed).toBe(false)
    expect(await changes()).toBe(2)
  })

  it('stores neither what was asked nor what was answered in clear', async () => {
    const { once, make, world, tenant } = await arrange()
    await once(make, { content: { password: 'plum-orbit-lantern-42' } })

    const row = await rowOf(world, tenant)

    for (const text of ['plum', 'shown-once', 'key-1']) expect(row.all).not.toContain(text)
    expect(row.answer_sealed.includes('shown-once')).toBe(false)
    expect(row.fingerprint_sealed.length).toBeGreaterThan(32)
  })

  it.each(['user', 'route', 'key'])(
    'does not open what was copied from another %s',
    async (differing) => {
      const { once, make, world, tenant } = await arrange()
      const by = differing === 'user' ? await userOf(world, tenant) : undefined
      const more = { user: {}, route: { routeId: 'createOther' }, key: { key: 'key-2' } }[differing]
      await once(make, more, by)
      await once()
      await world.database.tenantBatch(tenant.id, [copyAnswers])
      await expect(once()).rejects.toMatchObject(LOST)
      await world.database.tenantBatch(tenant.id, [copyFingerprints])

      await expect(once()).rejects.toMatchObject(LOST)
    },
  )

  it('answers truly when the answer could not be kept, and says so the next time', async () => {
    const { once, make, services, context, world, changes, lost } = await arrange()
    const { database } = world
    let isGone = false
    const failing: typeof database = {
      ...database,
      tenantBatch: (...batch) =>
        isGone ? Promise.reject(new Error('gone')) : database.tenantBatch(...batch),
    }
    const answered = await answerOnce(
      { ...services, database: failing },
      context,
      asked,
      (claimed) => {
        isGone = true
        return make(claimed)
      },
    )
    world.clock.advance(seconds(60))

    expect(answered.answer).toMatchObject({ status: 201 })
    expect(lost).toHaveLength(1)
    await expect(once()).rejects.toMatchObject(LOST)
    expect(await changes()).toBe(1)
  })

  it('is purged a day later, of the own tenant only', async () => {
    const { once, world, tenant } = await arrange()
    const other = await arrange()
    await once()
    await other.once()
    await purgeIdempotentRequests(world.database, tenant.id, world.clock.now())
    expect(await countRows(world.database, tenant, 'idempotent_requests')).toBe(1)
    world.clock.advance(hours(24))

    await purgeIdempotentRequests(world.database, tenant.id, world.clock.now())

    expect(await countRows(world.database, tenant, 'idempotent_requests')).toBe(0)
    expect(await countRows(world.database, other.tenant, 'idempotent_requests')).toBe(1)
  })

  it('goes with its user', async () => {
    const { once, world, tenant, context } = await arrange()
    await once()
    await world.database.withTenant(tenant.id, (tx) =>
      tx.run(sql`DELETE FROM users WHERE tenant_id = current_tenant_id()
                   AND id = ${toUuid(context.principal.userId)}`),
    )

    expect(await countRows(world.database, tenant, 'idempotent_requests')).toBe(0)
  })
})

const copyAnswers = sql`
  UPDATE idempotent_requests r SET answer_sealed = o.answer_sealed
    FROM idempotent_requests o WHERE r.claim_id <> o.claim_id`

const copyFingerprints = sql`
  UPDATE idempotent_requests r SET fingerprint_sealed = o.fingerprint_sealed
    FROM idempotent_requests o WHERE r.claim_id <> o.claim_id`

async function rowOf({ database }: StoreWorld, tenant: Tenant) {
  const row = await database.withTenant(tenant.id, (tx) =>
    tx.first(sql<{ all: string; answer_sealed: Buffer; fingerprint_sealed: Buffer }>`
      SELECT r::text AS all, answer_sealed, fingerprint_sealed FROM idempotent_requests r
       WHERE tenant_id = current_tenant_id()`),
  )
  if (row === undefined) throw new Error('no request was noted')
  return row
}

async function userOf(world: StoreWorld, tenant: Tenant): Promise<UserContext> {
  const userId = newId('usr')
  const email = `${userId.slice(4)}@example.test`
  const now = world.clock.now()
  await world.database.withTenant(tenant.id, (tx) =>
    tx.run(sql`
      INSERT INTO users (tenant_id, id, email, email_key, status, created_at, updated_at)
      VALUES (current_tenant_id(), ${toUuid(userId)}, ${email}, ${email}, 'active', ${now}, ${now})`),
  )
  const principal = {
    kind: 'user',
    userId,
    sessionId: newId('ses'),
    via: 'access_token',
    roles: [],
    permissions: new Set<string>(),
    authTime: now,
    acr: 'x',
    amr: [],
    profile: {
      email,
      emailVerifiedAt: now,
      displayName: undefined,
      locale: undefined,
      createdAt: now,
    },
  } as const
  return { ...world.context(tenant), principal }
}
