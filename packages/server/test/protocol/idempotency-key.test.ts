import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { countRows } from '../support/describe-store.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { openWorld, type World } from '../support/open-world.ts'

/** draft-ietf-httpapi-idempotency-key-header, on the routes of administration. */
let world: World
let acme: Tenant
let dan: Actor

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
  dan = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
})
afterAll(() => world.close())

const CLIENT = { profile: 'service', name: 'Job' }

function post(actor: Actor, url: string, key: string | undefined, payload?: object) {
  return actor.request({
    method: 'POST',
    url,
    ...(payload === undefined ? {} : { payload }),
    headers: key === undefined ? {} : { 'idempotency-key': key },
  })
}

const createClient = (key: string | undefined, payload: object = CLIENT, actor = dan) =>
  post(actor, '/api/admin/clients', key, payload)

const codeOf = (answer: { json(): unknown }) => (answer.json() as { code?: string }).code

describe('a repeated request', () => {
  it('has the status, the body with its secret, and the ETag of the first', async () => {
    const first = await createClient('k1')

    const { result: again, actions } = await auditedDuring(world, acme, () => createClient('k1'))

    expect(first.json()).toHaveProperty('client_secret')
    expect(again.statusCode).toBe(201)
    expect(again.body).toBe(first.body)
    expect(again.headers.etag).toBe(first.headers.etag)
    expect(again.headers['cache-control']).toBe('no-store')
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect(first.headers['idempotency-replayed']).toBeUndefined()
    expect(actions).toEqual([])
  })

  it('is the same with quotes and with another order of members', async () => {
    const first = await createClient('k2')

    const again = await createClient('"k2"', { name: 'Job', profile: 'service' })

    expect(again.body).toBe(first.body)
  })

  it('without a key is done again', async () => {
    const [first, second] = [await createClient(undefined), await createClient(undefined)]

    expect(second.json().id).not.toBe(first.json().id)
  })

  it('with the answer of a 204 has none again', async () => {
    const user = await world.actors.user({ tenant: acme })
    const path = `/api/admin/users/${user.userId}/roles`
    await post(dan, path, 'k3', { role: 'admin' })

    const again = await post(dan, path, 'k3', { role: 'admin' })

    expect([again.statusCode, again.body]).toEqual([204, ''])
  })
})

describe('50 requests with one key at once', () => {
  it('have one effect; all others replay it or are told to wait', async () => {
    const before = await countRows(world.database, acme, 'oauth_clients')

    const answers = await Promise.all(Array.from({ length: 50 }, () => createClient('race')))

    const made = answers.filter(({ statusCode }) => statusCode === 201)
    const waiting = answers.filter(({ statusCode }) => statusCode === 409)
    expect(made.length + waiting.length).toBe(50)
    expect(new Set(made.map(({ body }) => body)).size).toBe(1)
    expect(
      made.filter(({ headers }) => headers['idempotency-replayed'] === undefined),
    ).toHaveLength(1)
    for (const one of waiting) {
      expect([codeOf(one), one.headers['retry-after']]).toEqual(['idempotency_key_in_use', '1'])
    }
    expect(await countRows(world.database, acme, 'oauth_clients')).toBe(before + 1)
  })
})

describe('a key', () => {
  it('of another body is refused, and nothing is done', async () => {
    await createClient('k4')

    const { result, actions } = await auditedDuring(world, acme, () =>
      createClient('k4', { ...CLIENT, name: 'Other' }),
    )

    expect([result.statusCode, codeOf(result)]).toEqual([422, 'idempotency_key_reused'])
    expect(actions).toEqual([])
  })

  it('of another path is refused', async () => {
    const [ana, ben] = [
      await world.actors.user({ tenant: acme }),
      await world.actors.user({ tenant: acme }),
    ]
    await post(dan, `/api/admin/users/${ana.userId}/suspend`, 'k5')

    const answer = await post(dan, `/api/admin/users/${ben.userId}/suspend`, 'k5')

    expect(codeOf(answer)).toBe('idempotency_key_reused')
    expect((await dan.call('GET', `/api/admin/users/${ben.userId}`)).json().status).toBe('active')
  })

  it('on another route is another key', async () => {
    await createClient('k6')

    const answer = await post(dan, '/api/admin/keys/rotate', 'k6', { force: true })

    expect([answer.statusCode, answer.headers['idempotency-replayed']]).toEqual([200, undefined])
  })

  it('of another administrator, or of another tenant, is another key', async () => {
    const eve = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
    const mallory = await world.actors.signedIn({ tenant: await world.tenant(), roles: ['admin'] })
    const mine = await createClient('k7')

    for (const other of [eve, mallory]) {
      const theirs = await createClient('k7', CLIENT, other)

      expect(theirs.statusCode).toBe(201)
      expect(theirs.json().id).not.toBe(mine.json().id)
      expect(theirs.headers['idempotency-replayed']).toBeUndefined()
    }
  })

  it('shows nobody a secret who lost the permission since', async () => {
    const eve = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
    await createClient('k8', CLIENT, eve)
    await dan.call('DELETE', `/api/admin/users/${eve.userId}/roles/admin`)

    const answer = await createClient('k8', CLIENT, eve)

    expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'permission_denied'])
  })

  it('of a request that was refused is free', async () => {
    const email = `${newId('usr').slice(4)}@example.test`
    const [first] = [await post(dan, '/api/admin/users', undefined, { email })]
    const refused = await post(dan, '/api/admin/users', 'k9', { email })
    expect([first.statusCode, codeOf(refused)]).toEqual([201, 'email_taken'])

    const answer = await post(dan, '/api/admin/users', 'k9', { email: `x${email}` })

    expect(answer.statusCode).toBe(201)
  })

  it('is free after a refusal although the list of breached passwords failed on the way', async () => {
    const failing = { isBreached: () => Promise.reject(new Error('away')), close: async () => {} }
    const other = await openWorld({ breachedPasswords: failing })
    const tenant = await other.tenant()
    const eve = await other.actors.signedIn({ tenant, roles: ['admin'] })
    const body = { email: eve.identity.email, password: 'quartz-meadow-ripple-77' }
    const refused = await post(eve, '/api/admin/users', 'k10', body)
    const email = `x${eve.identity.email}`

    const answer = await post(eve, '/api/admin/users', 'k10', { ...body, email })

    expect([codeOf(refused), answer.statusCode]).toEqual(['email_taken', 201])
    await other.close()
  })

  it.each(['', '""', 'a b', 'x'.repeat(256), '"a', 'ä'])('%j is malformed', async (key) => {
    const { result, actions } = await auditedDuring(world, acme, () => createClient(key))

    expect([result.statusCode, codeOf(result)]).toEqual([400, 'idempotency_key_malformed'])
    expect(actions).toEqual([])
  })

  it('means nothing where signing in happens', async () => {
    const before = await countRows(world.database, acme, 'idempotent_requests')
    const { email, password } = dan.identity

    const answer = await post(dan, '/api/auth/login', 'a b', { email, password })

    expect(answer.statusCode).toBe(200)
    expect(await countRows(world.database, acme, 'idempotent_requests')).toBe(before)
  })
})
