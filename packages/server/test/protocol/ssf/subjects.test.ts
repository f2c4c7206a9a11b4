import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { sql } from '../../../src/platform/db/index.ts'
import type { Actor } from '../../support/actors.ts'
import { auditedDuring } from '../../support/audit-trail.ts'
import { obtainTokens } from '../../support/authorize.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { expectProblem, observable } from '../../support/expect-problem.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { Browser } from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { SignalClient, type StreamBody, typesOf } from '../../support/signal-client.ts'

/** Whom a receiver hears of, and by which name: SSF §8.1.3 and §9. */
let world: World
let tenant: Tenant
let admin: Actor

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock(), withoutJobs: true })
  tenant = await world.tenant()
  admin = await world.actors.signedIn({ tenant, roles: ['admin'] })
})
afterAll(() => world.close())

const context = () => world.internalContext(tenant)
const suspend = async (who: Actor) => {
  await world.app.identity.suspendUser(context(), who.userId)
  await world.app.identity.resumeUser(context(), who.userId)
}

async function signInTo(client: SignalClient, scope = 'openid') {
  const ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  const tokens = await obtainTokens(new Browser(world, ana), client.party, { scope })
  const { sub, sid } = decodeClaims(tokens.id_token ?? '')
  return { ana, sub: String(sub), sid: String(sid) }
}

async function drain(client: SignalClient, stream: StreamBody) {
  const sets = await client.fetch(stream)
  await client.poll(stream, { maxEvents: 0, ack: sets.map(({ jti }) => jti) })
  return sets
}

const allow = (client: SignalClient, subjects: 'granted' | 'all', by = admin) =>
  by.request({
    method: 'PUT',
    url: `/api/admin/signals/receivers/${client.id}`,
    payload: { subjects },
  })

describe('a receiver', () => {
  it('hears nothing of users who never allowed it', async () => {
    const client = await SignalClient.register(world, tenant)
    const stream = await client.createStream()
    await suspend(await world.actors.user({ tenant }))

    expect(await drain(client, stream)).toEqual([])
  })

  it('hears of all users once an administrator says so, and until it is taken back', async () => {
    const client = await SignalClient.register(world, tenant)
    const stream = await client.createStream()
    const ana = await world.actors.user({ tenant })
    const { events } = await auditedDuring(world, tenant, () => allow(client, 'all'))
    expect(events).toMatchObject([
      { action: 'signal_receiver.updated', target_id: client.id, details: { subjects: 'all' } },
    ])

    await suspend(ana)
    expect(typesOf(await drain(client, stream))).toEqual(['account-disabled', 'account-enabled'])
    await allow(client, 'granted')
    await suspend(ana)

    expect(await drain(client, stream)).toEqual([])
  })

  it('of another tenant can not be allowed anything', async () => {
    const foreign = await SignalClient.register(world, await world.tenant())

    expectProblem(await allow(foreign, 'all'), 'client_not_found', 404)
  })

  it('hears nothing more of a user who disconnected it', async () => {
    const client = await SignalClient.register(world, tenant)
    const stream = await client.createStream()
    const { ana } = await signInTo(client)
    await suspend(ana)
    expect((await drain(client, stream)).length).toBeGreaterThan(0)
    await ana.signInWithCookie()
    const disconnected = await ana.call('DELETE', `/api/auth/connected-applications/${client.id}`)
    expect(disconnected.statusCode).toBe(204)

    await suspend(ana)

    expect(await drain(client, stream)).toEqual([])
  })

  it('that is disabled gets nothing written, and nothing afterwards', async () => {
    const client = await SignalClient.register(world, tenant)
    const stream = await client.createStream()
    const { ana } = await signInTo(client)
    const registered = await world.app.clients.get(context(), client.id)
    const changed = await world.app.clients.update(context(), registered, { status: 'disabled' })
    await suspend(ana)
    await world.app.clients.update(context(), changed, { status: 'active' })
    await client.authenticate()

    expect(await drain(client, stream)).toEqual([])
  })

  it('learns addresses only if it may have the address of the user', async () => {
    const [with_, without] = [
      await SignalClient.register(world, tenant),
      await SignalClient.register(world, tenant),
    ]
    const streams = [await with_.createStream(), await without.createStream()] as const
    const { ana } = await signInTo(with_, 'openid email')
    await obtainTokens(new Browser(world, ana), without.party, { scope: 'openid' })

    await world.database.tenantBatch(tenant.id, [
      sql`UPDATE users SET email = 'new@example.test', email_key = 'new@example.test'
           WHERE tenant_id = current_tenant_id() AND email_key = ${ana.identity.email}`,
    ])

    expect(typesOf(await drain(with_, streams[0]))).toEqual(['identifier-changed'])
    expect(await drain(without, streams[1])).toEqual([])
  })

  it('gets the events that it asked for and no others', async () => {
    const client = await SignalClient.register(world, tenant)
    await allow(client, 'all')
    const stream = await client.createStream({
      events_requested: ['https://schemas.openid.net/secevent/risc/event-type/account-enabled'],
    })
    await suspend(await world.actors.user({ tenant }))

    expect(typesOf(await drain(client, stream))).toEqual(['account-enabled'])
  })
})

describe('OIDC Core §8.1: a pairwise client', () => {
  it('hears of its users by the names that it knows, and sees no other', async () => {
    const client = await SignalClient.register(world, tenant, {
      metadata: { subject_type: 'pairwise' } as never,
    })
    const stream = await client.createStream()
    const { ana, sub, sid } = await signInTo(client)
    await ana.call('POST', '/api/auth/logout')
    await suspend(ana)

    const sets = await drain(client, stream)

    expect(sub).toMatch(/^[\w-]{22}$/)
    expect(sets.map(({ sub_id }) => sub_id)).toEqual([
      {
        format: 'complex',
        session: { format: 'opaque', id: sid },
        user: { format: 'iss_sub', iss: tenant.issuer, sub },
      },
      { format: 'iss_sub', iss: tenant.issuer, sub },
      { format: 'iss_sub', iss: tenant.issuer, sub },
    ])
    expect(JSON.stringify(sets)).not.toContain(ana.userId)
    expect(JSON.stringify(sets)).not.toContain('ses_')
  })

  it('removes a user by that name, and not by another', async () => {
    const client = await SignalClient.register(world, tenant, {
      metadata: { subject_type: 'pairwise' } as never,
    })
    const stream = await client.createStream()
    const { ana, sub } = await signInTo(client)

    await change(client, stream, 'remove', { sub: ana.userId })
    await suspend(ana)
    expect((await drain(client, stream)).length).toBeGreaterThan(0)
    await change(client, stream, 'remove', { sub })
    await suspend(ana)

    expect(await drain(client, stream)).toEqual([])
  })
})

describe('SSF §8.1.3: a subject', () => {
  it('that is removed is left out until it is added again', async () => {
    const client = await SignalClient.register(world, tenant)
    const stream = await client.createStream()
    const { ana, sub } = await signInTo(client)

    const { events } = await auditedDuring(world, tenant, async () => {
      expect((await change(client, stream, 'remove', { sub })).statusCode).toBe(204)
      await change(client, stream, 'remove', { sub })
    })
    await suspend(ana)
    expect(await drain(client, stream)).toEqual([])
    const added = await change(client, stream, 'add', { sub })
    expect([added.statusCode, added.body]).toEqual([200, ''])
    await suspend(ana)

    expect((await drain(client, stream)).length).toBeGreaterThan(0)
    expect(events.map(({ action }) => action)).toEqual(['signal_subject.removed'])
  })

  it('that is added again is so on that stream, and no other subject is', async () => {
    const client = await SignalClient.register(world, tenant)
    const [one, other] = [await client.createStream(), await client.createStream()]
    const [first, second] = [await signInTo(client), await signInTo(client)]
    for (const stream of [one, other]) {
      for (const { sub } of [first, second]) await change(client, stream, 'remove', { sub })
      await drain(client, stream)
    }

    await change(client, one, 'add', { sub: first.sub })

    await suspend(second.ana)
    expect(await drain(client, one)).toEqual([])
    await suspend(first.ana)
    expect((await drain(client, one)).length).toBeGreaterThan(0)
    expect(await drain(client, other)).toEqual([])
  })

  it('§9.1: that the receiver may not know is answered like one that it may', async () => {
    const client = await SignalClient.register(world, tenant)
    const stream = await client.createStream()
    const { sub } = await signInTo(client)
    const another = await signInTo(client)
    const stranger = await world.actors.user({ tenant })
    for (const way of ['remove', 'add'] as const) {
      const known = await change(client, stream, way, { sub })
      const unknown = [
        { sub: stranger.userId },
        { sub: 'usr_nobody' },
        { sub: another.sub, iss: 'https://other.example' },
      ]
      const { result, events } = await auditedDuring(world, tenant, () =>
        Promise.all(unknown.map((subject) => change(client, stream, way, subject))),
      )

      for (const answer of result) expect(observable(answer)).toEqual(observable(known))
      expect(events).toEqual([])
    }
  })

  it('is named as its issuer names it; other formats are refused', async () => {
    const client = await SignalClient.register(world, tenant)
    const { stream_id } = await client.createStream()

    const answer = await client.call('POST', '/ssf/subjects/add', {
      stream_id,
      subject: { format: 'email', email: 'ann@example.test' },
    })

    expectProblem(answer, 'invalid_request', 400)
  })
})

it('costs a tenant without streams nothing: no row, and no job', async () => {
  const quiet = await world.tenant()
  const user = await world.actors.signedIn({ tenant: quiet })
  await user.call('POST', '/api/auth/logout')

  const [rows] = await world.database.tenantBatch(quiet.id, [
    sql<{ n: number }>`
      SELECT count(*)::int AS n FROM signal_events WHERE tenant_id = current_tenant_id()`,
  ])
  expect(rows).toEqual([{ n: 0 }])
})

function change(
  client: SignalClient,
  { stream_id }: StreamBody,
  way: 'add' | 'remove',
  subject: { readonly sub: string; readonly iss?: string },
) {
  return client.call('POST', `/ssf/subjects/${way}`, {
    stream_id,
    subject: { format: 'iss_sub', iss: tenant.issuer, ...subject },
  })
}
