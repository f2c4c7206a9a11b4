import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { minutes, newId } from '../../../src/kernel/index.ts'
import { auditedDuring, readAudit } from '../../support/audit-trail.ts'
import { expectProblem, observable } from '../../support/expect-problem.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { ALL_EVENTS, SignalClient } from '../../support/signal-client.ts'
import { eventUri, RECEIVER } from '../../support/signal-receiver.ts'

const PUSH = 'urn:ietf:rfc:8935'
const POLL = 'urn:ietf:rfc:8936'
const REVOKED = eventUri('caep/session-revoked')
let world: World
let tenant: Tenant
let client: SignalClient

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant()
})
beforeEach(async () => {
  client = await SignalClient.register(world, tenant)
})
afterAll(() => world.close())

describe('SSF §7: the transmitter describes itself', () => {
  it('at the address in the issuer and at the one in front of it, alike', async () => {
    const { slug, issuer } = tenant
    const inside = await world.app.http.inject({ url: `/t/${slug}/.well-known/ssf-configuration` })
    const front = await world.app.http.inject({ url: `/.well-known/ssf-configuration/t/${slug}` })

    expect(front.json()).toEqual(inside.json())
    expect(inside.json()).toEqual({
      spec_version: '1_0',
      issuer,
      jwks_uri: `${issuer}/jwks.json`,
      delivery_methods_supported: [PUSH, POLL],
      configuration_endpoint: `${issuer}/ssf/streams`,
      status_endpoint: `${issuer}/ssf/status`,
      add_subject_endpoint: `${issuer}/ssf/subjects/add`,
      remove_subject_endpoint: `${issuer}/ssf/subjects/remove`,
      verification_endpoint: `${issuer}/ssf/verify`,
      critical_subject_members: ['session', 'user'],
      authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6749' }],
      default_subjects: 'ALL',
    })
  })
})

describe('SSF §8.1.1.1: creating a stream', () => {
  it('polls unless it is said how to deliver, and delivers what is asked for and known', async () => {
    const { events } = await auditedDuring(world, tenant, async () => {
      const stream = await client.createStream({
        events_requested: [REVOKED, 'urn:example:unknown'],
        description: 'ours',
      })
      expect(stream).toEqual({
        stream_id: stream.stream_id,
        iss: tenant.issuer,
        aud: client.id,
        events_supported: ALL_EVENTS,
        events_requested: [REVOKED, 'urn:example:unknown'],
        events_delivered: [REVOKED],
        delivery: {
          method: POLL,
          endpoint_url: `${tenant.issuer}/ssf/streams/${stream.stream_id}/poll`,
        },
        min_verification_interval: 60,
        description: 'ours',
      })
    })

    expect(events).toMatchObject([{ action: 'signal_stream.created', outcome: 'success' }])
  })

  it('never shows an authorization header again, and stores it sealed', async () => {
    const secret = 'Bearer s3cret-of-the-receiver'
    const { stream_id } = await client.createPushed('/a', { authorization_header: secret })

    const read = await client.call('GET', `/ssf/streams?stream_id=${stream_id}`)
    const [rows] = await world.database.tenantBatch(tenant.id, [
      {
        text: `SELECT s::text AS row, position($1::bytea IN s.authorization_sealed) AS found
                 FROM signal_streams s WHERE tenant_id = current_tenant_id() AND client_id IS NOT NULL
                  AND s.authorization_sealed IS NOT NULL`,
        name: 'read_sealed_authorization',
        values: [Buffer.from(secret)],
      },
    ])

    expect(read.body).not.toContain('s3cret')
    expect(JSON.stringify(await readAudit(world, tenant))).not.toContain('s3cret')
    expect(rows as unknown).toMatchObject([{ found: 0 }])
    expect(JSON.stringify(rows)).not.toContain('s3cret')
  })

  it.each([
    ['http', { endpoint_url: 'http://receiver.test/a' }],
    ['a user name', { endpoint_url: 'https://ann@receiver.test/a' }],
    ['a fragment', { endpoint_url: 'https://receiver.test/a#b' }],
    ['no address', { endpoint_url: 'receiver.test' }],
    ['a second header', { authorization_header: 'Bearer a\r\nx-admin: 1' }],
    ['a line feed', { authorization_header: 'Bearer a\n' }],
    ['text beyond ASCII', { authorization_header: 'Bearer ä' }],
    ['an unknown member', { surprise: 1 }],
  ])('refuses a delivery with %s', async (_what, delivery) => {
    const answer = await client.call('POST', '/ssf/streams', {
      events_requested: ALL_EVENTS,
      delivery: { method: PUSH, endpoint_url: `${RECEIVER}/a`, ...delivery },
    })

    expectProblem(answer, 'invalid_request', 400)
    expect((await client.call('GET', '/ssf/streams')).json()).toEqual([])
  })
})

describe('SSF §8.1.1.3 and §8.1.1.4: changing a stream', () => {
  it('a merge leaves alone what is not named, and a replacement deletes it', async () => {
    const { stream_id } = await client.createStream({
      events_requested: ALL_EVENTS,
      description: 'a',
    })

    const merged = await client.call('PATCH', '/ssf/streams', { stream_id, description: 'b' })
    const replaced = await client.call('PUT', '/ssf/streams', {
      stream_id,
      events_requested: [REVOKED],
    })

    expect(merged.json()).toMatchObject({ description: 'b', events_delivered: ALL_EVENTS })
    expect(replaced.json()).toMatchObject({ events_delivered: [REVOKED] })
    expect(replaced.json()).not.toHaveProperty('description')
  })

  it('accepts a stream that is sent back as it was read', async () => {
    const stream = await client.createStream()

    const answer = await client.call('PUT', '/ssf/streams', stream)

    expect(answer.json()).toEqual(stream)
  })

  it.each([
    ['iss', 'https://other.example'],
    ['aud', 'cli_other'],
    ['events_supported', []],
    ['events_delivered', [REVOKED]],
    ['min_verification_interval', 1],
    ['delivery', { method: POLL, endpoint_url: 'https://other.example/poll' }],
  ])('refuses another `%s` than the transmitter set', async (name, value) => {
    const { stream_id } = await client.createStream()

    const answer = await client.call('PATCH', '/ssf/streams', { stream_id, [name]: value })

    expectProblem(answer, 'signal_stream_mismatch', 400)
  })

  it('keeps the authorization header for the same address only', async () => {
    const { stream_id } = await client.createPushed('/a', { authorization_header: 'Bearer kept' })
    const to = (path: string) => ({
      stream_id,
      delivery: { method: PUSH, endpoint_url: `${RECEIVER}${path}` },
    })

    await client.call('PATCH', '/ssf/streams', to('/a'))
    expect(await hasAuthorization(stream_id)).toBe(true)
    await client.call('PATCH', '/ssf/streams', to('/b'))
    expect(await hasAuthorization(stream_id)).toBe(false)
  })

  it('drops the authorization header of a delivery that is replaced', async () => {
    const { stream_id } = await client.createPushed('/a', { authorization_header: 'Bearer old' })
    const delivery = { method: PUSH, endpoint_url: `${RECEIVER}/a` }

    await client.call('PUT', '/ssf/streams', { stream_id, events_requested: [REVOKED], delivery })

    expect(await hasAuthorization(stream_id)).toBe(false)
  })
})

describe('SSF §8.1.1.5: deleting a stream', () => {
  it('leaves nothing of it', async () => {
    const { stream_id } = await client.createStream()
    await client.call('POST', '/ssf/verify', { stream_id })

    const answer = await client.call('DELETE', `/ssf/streams?stream_id=${stream_id}`)

    expect(answer.statusCode).toBe(204)
    const again = await client.call('DELETE', `/ssf/streams?stream_id=${stream_id}`)
    expectProblem(again, 'signal_stream_not_found', 404)
  })
})

describe('SSF §8.1.2: the status of a stream', () => {
  it('is what was set last, with its reason', async () => {
    const { stream_id } = await client.createStream()
    const status = `/ssf/status?stream_id=${stream_id}`
    expect((await client.call('GET', status)).json()).toEqual({ stream_id, status: 'enabled' })

    const body = { stream_id, status: 'paused', reason: 'maintenance' }
    const changed = await client.call('POST', '/ssf/status', body)

    expect(changed.json()).toEqual(body)
    expect((await client.call('GET', status)).json()).toEqual(body)
  })

  it('can not be enabled by the receiver when an administrator disabled it', async () => {
    const admin = await world.actors.signedIn({ tenant, roles: ['admin'] })
    const { stream_id } = await client.createStream()
    const path = `/api/admin/signals/streams/${stream_id}/status`
    const disabled = await admin.call('PUT', path, { status: 'disabled', reason: 'misuse' })
    expect(disabled.json()).toEqual({ stream_id, status: 'disabled', reason: 'misuse' })

    const answer = await client.call('POST', '/ssf/status', { stream_id, status: 'enabled' })

    expectProblem(answer, 'signal_stream_locked', 403)
    await admin.call('PUT', path, { status: 'enabled' })
    const after = await client.call('GET', `/ssf/status?stream_id=${stream_id}`)
    expect(after.json()).toMatchObject({ status: 'enabled' })
  })
})

describe('SSF §8.1.2: a receiver enables', () => {
  it('what it disabled itself, and what an administrator only paused', async () => {
    const admin = await world.actors.signedIn({ tenant, roles: ['admin'] })
    const { stream_id } = await client.createStream()
    const set = async (status: string) =>
      (await client.call('POST', '/ssf/status', { stream_id, status })).statusCode
    expect([await set('disabled'), await set('enabled')]).toEqual([200, 200])

    const path = `/api/admin/signals/streams/${stream_id}/status`
    await admin.call('PUT', path, { status: 'paused' })

    expect(await set('enabled')).toBe(200)
  })
})

describe('SSF §8.1.4: verification', () => {
  it('brings the state back, about the stream, and once a minute', async () => {
    const stream = await client.createStream()
    const { stream_id } = stream

    const first = await client.call('POST', '/ssf/verify', { stream_id, state: 'abc' })
    const second = await client.call('POST', '/ssf/verify', { stream_id, state: 'def' })

    expect(first.statusCode).toBe(204)
    expectProblem(second, 'signal_verification_too_often', 429)
    expect(second.headers['retry-after']).toBe('60')
    const sets = await client.fetch(stream)
    expect(sets).toMatchObject([
      {
        sub_id: { format: 'opaque', id: stream_id },
        events: { [eventUri('ssf/verification')]: { state: 'abc' } },
      },
    ])
    world.clock.advance(minutes(1))
    await client.authenticate()
    expect((await client.call('POST', '/ssf/verify', { stream_id })).statusCode).toBe(204)
  })

  it('is refused while the stream transmits nothing', async () => {
    const { stream_id } = await client.createStream()
    await client.call('POST', '/ssf/status', { stream_id, status: 'paused' })

    const answer = await client.call('POST', '/ssf/verify', { stream_id })

    expectProblem(answer, 'signal_stream_not_enabled', 409)
  })
})

describe('SSF §8: who may manage streams', () => {
  it('a stream of another client looks like one that does not exist', async () => {
    const other = await SignalClient.register(world, tenant)
    const foreign = await other.createStream()

    for (const ask of waysToUse(client)) {
      const [theirs, nobodys] = [await ask(foreign.stream_id), await ask(newId('stm'))]
      expectProblem(theirs, 'signal_stream_not_found', 404)
      expect(observable(theirs)).toEqual(JSON.parse(JSON.stringify(observable(nobodys))))
    }
    expect((await other.call('GET', '/ssf/streams')).json()).toEqual([foreign])
  })

  it('a stream of another tenant looks like one that does not exist', async () => {
    const foreign = await (await SignalClient.register(world, await world.tenant())).createStream()

    for (const ask of waysToUse(client)) {
      expectProblem(await ask(foreign.stream_id), 'signal_stream_not_found', 404)
    }
  })

  it('the scope `ssf.read` reads and does nothing else', async () => {
    const { stream_id } = await client.createStream()
    await client.authenticate('ssf.read')

    expect((await client.call('GET', '/ssf/streams')).json()).toHaveLength(1)
    const read = await client.call('GET', `/ssf/status?stream_id=${stream_id}`)
    expect(read.statusCode).toBe(200)
    const refused = await client.call('POST', '/ssf/verify', { stream_id })
    expectProblem(refused, 'insufficient_scope', 403)
    expect(refused.headers['www-authenticate']).toBe(
      'Bearer error="insufficient_scope", scope="ssf.manage"',
    )
    expect((await readAudit(world, tenant)).at(-1)).toMatchObject({
      action: 'access_token.refused',
      details: { reason: 'scope_missing' },
    })
  })

  it('a token is accepted by every algorithm that the tenant signs with', async () => {
    const strict = await world.tenant(undefined, { signing_algorithms: ['PS256'] })
    const other = await SignalClient.register(world, strict, {
      metadata: { access_token_signing_alg: 'PS256' } as never,
    })
    const [header = ''] = other.token.split('.')

    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg: 'PS256' })
    expect((await other.call('GET', '/ssf/streams')).json()).toEqual([])
  })

  it('a client that was disabled is refused at once, with the token that it has', async () => {
    const registered = await world.app.clients.get(world.internalContext(tenant), client.id)
    await world.app.clients.update(world.internalContext(tenant), registered, {
      status: 'disabled',
    })

    expectProblem(await client.call('GET', '/ssf/streams'), 'invalid_token', 401)
  })
})

/** Every way to name a stream; each must look for it among the client's own. */
function waysToUse(of: SignalClient) {
  const post = (path: string, body: object) => (stream_id: string) =>
    of.call('POST', path, { stream_id, ...body })
  const subject = { format: 'iss_sub', iss: tenant.issuer, sub: 'usr_x' }
  return [
    (stream_id: string) => of.call('GET', `/ssf/streams?stream_id=${stream_id}`),
    (stream_id: string) => of.call('PATCH', '/ssf/streams', { stream_id }),
    (stream_id: string) => of.call('PUT', '/ssf/streams', { stream_id }),
    (stream_id: string) => of.call('DELETE', `/ssf/streams?stream_id=${stream_id}`),
    (stream_id: string) => of.call('GET', `/ssf/status?stream_id=${stream_id}`),
    post('/ssf/status', { status: 'disabled' }),
    post('/ssf/subjects/add', { subject }),
    post('/ssf/subjects/remove', { subject }),
    post('/ssf/verify', {}),
    (stream_id: string) => of.call('POST', `/ssf/streams/${stream_id}/poll`, {}),
  ]
}

async function hasAuthorization(streamId: string): Promise<boolean> {
  const [rows] = await world.database.tenantBatch(tenant.id, [
    {
      text: `SELECT authorization_sealed IS NOT NULL AS has FROM signal_streams
              WHERE tenant_id = current_tenant_id() ORDER BY id DESC LIMIT 1`,
      name: 'has_sealed_authorization',
      values: [],
    },
  ])
  expect(streamId).toMatch(/^stm_/)
  return (rows[0] as { has: boolean }).has
}
