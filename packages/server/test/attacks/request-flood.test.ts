import type { Response as InjectResponse } from 'light-my-request'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId } from '../../src/kernel/index.ts'
import type { Route } from '../../src/platform/http/index.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { requestOf } from './route-requests.ts'

/** Threat: one source asks so often that others wait, or guesses until it finds something. */
let world: World
let acme: Tenant
let lastOctet = 0

beforeAll(async () => {
  world = await openWorld({ env: { COUNTERSIGN_RATE_LIMIT_SCALE: '1' } })
  acme = await world.tenant()
})
afterAll(() => world.close())

function freshSource(): string {
  lastOctet += 1
  return `198.51.100.${lastOctet}`
}

function ask(route: Route, remoteAddress: string, tenant = acme): Promise<InjectResponse> {
  const options = requestOf(route)
  // Not the endpoint's work is tested but its limit: what is sent is refused cheaply.
  const payload = options.payload === undefined ? {} : { payload: { unknown: 1 } }
  return world.actors.nobody(tenant).request({ ...options, ...payload, remoteAddress })
}

const publicRoutes = () => world.app.routes.filter((route) => route.auth.kind === 'public')
const routeOf = (id: string): Route => {
  const route = world.app.routes.find((candidate) => candidate.id === id)
  if (route === undefined) throw new Error(`no route ${id}`)
  return route
}

describe('a source that floods', () => {
  it('is stopped on every public route after exactly the limit that the route declares', async () => {
    for (const route of publicRoutes()) {
      const source = freshSource()
      for (let count = 0; count < route.rateLimit.limit; count++) {
        const answer = await ask(route, source)
        if (answer.statusCode === 429) throw new Error(`${route.id} stopped after ${count}`)
      }

      const answer = await ask(route, source)

      expectProblem(answer, 'too_many_requests', 429)
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60)
    }
  })

  it.each(['signIn', 'forgotPassword', 'register'])(
    'has %s refused before any work',
    async (id) => {
      const route = routeOf(id)
      const source = freshSource()
      for (let count = 0; count < route.rateLimit.limit; count++) await ask(route, source)

      const { result, events } = await auditedDuring(world, acme, () =>
        world.actors.nobody(acme).request({ ...requestOf(route), remoteAddress: source }),
      )

      expectProblem(result, 'too_many_requests', 429)
      expect(events).toEqual([])
    },
  )

  it('may ask again when the time in Retry-After is over, and not before', async () => {
    // The library that counts in memory reads the time of the machine.
    vi.useFakeTimers({ toFake: ['Date'] })
    const route = routeOf('forgotPassword')
    const source = freshSource()
    for (let count = 0; count < 6; count++) await ask(route, source)
    const refused = await ask(route, source)
    const wait = Number(refused.headers['retry-after'])

    vi.advanceTimersByTime((wait - 1) * 1000)
    expect((await ask(route, source)).statusCode).toBe(429)
    vi.advanceTimersByTime(1000)
    expect((await ask(route, source)).statusCode).toBe(400)
    vi.useRealTimers()
  })

  it('does not use up the budget of another source or of another tenant', async () => {
    const route = routeOf('forgotPassword')
    const source = freshSource()
    for (let count = 0; count < 6; count++) await ask(route, source)

    expect((await ask(route, source)).statusCode).toBe(429)
    expect((await ask(route, freshSource())).statusCode).toBe(400)
    expect((await ask(route, source, await world.tenant())).statusCode).toBe(400)
  })

  it('counts as one source with all addresses of an IPv6 /64', async () => {
    const route = routeOf('forgotPassword')
    const addresses = [
      '2001:db8:1:2::1',
      '2001:db8:1:2::2',
      '2001:0DB8:0001:0002:ffff::9',
      '2001:db8:1:2:1234:5678:9abc:def0',
      '2001:db8:1:2::',
    ]
    for (const address of addresses) expect((await ask(route, address)).statusCode).toBe(400)

    expect((await ask(route, '2001:db8:1:2:a:b:c:d')).statusCode).toBe(429)
    expect((await ask(route, '2001:db8:1:3::1')).statusCode).toBe(400)
  })

  it('counts as one source as IPv4 and as IPv4 in IPv6', async () => {
    const route = routeOf('forgotPassword')
    for (let count = 0; count < 5; count++) await ask(route, '198.51.100.250')

    expect((await ask(route, '::ffff:198.51.100.250')).statusCode).toBe(429)
  })

  it('is stopped by 50 requests at the same time, too', async () => {
    const route = routeOf('forgotPassword')
    const source = freshSource()

    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(route, source)))

    expect(answers.filter((answer) => answer.statusCode !== 429)).toHaveLength(5)
  })
})

describe('a signed-in user who floods', () => {
  it('is stopped wherever the requests come from, and nobody else is', async () => {
    const ana = await world.actors.signedIn({ tenant: acme })
    const ben = await world.actors.signedIn({ tenant: acme })
    const change = (actor: typeof ana, remoteAddress: string) =>
      actor.request({
        method: 'POST',
        url: '/api/auth/password/change',
        payload: { unknown: 1 },
        remoteAddress,
      })
    for (let count = 0; count < 10; count++) await change(ana, freshSource())

    expectProblem(await change(ana, freshSource()), 'too_many_requests', 429)
    expectProblem(await change(ben, '127.0.0.1'), 'invalid_request', 400)
  })
})

describe('a source that wants to fill the audit trail, which nobody can empty', () => {
  it('gets a bounded number of refused tokens recorded, and good tokens still pass', async () => {
    const tenant = await world.tenant()
    const ana = await world.actors.signedIn({ tenant })
    const remoteAddress = freshSource()
    const present = (token: string) =>
      world.actors.nobody(tenant).request({
        url: '/api/auth/me',
        remoteAddress,
        headers: { authorization: `Bearer ${token}` },
      })

    const { result, events } = await auditedDuring(world, tenant, async () => {
      const answers: InjectResponse[] = []
      for (let count = 0; count < 150; count++) answers.push(await present(`a.b.${count}`))
      return answers
    })

    expect(result.filter((answer) => answer.statusCode === 401)).toHaveLength(120)
    expect(events).toHaveLength(120)
    const [last] = result.slice(-1)
    if (last !== undefined) expectProblem(last, 'too_many_requests', 429)
    expect(last?.headers['retry-after']).toBe('60')
    expect((await present(ana.accessToken ?? '')).statusCode).toBe(200)
  })

  it('gets a bounded number of missing permissions recorded', async () => {
    const tenant = await world.tenant()
    const ana = await world.actors.signedIn({ tenant })
    const { limit } = routeOf('listUsers').rateLimit

    const { events } = await auditedDuring(world, tenant, async () => {
      for (let count = 0; count < limit; count++) await ana.call('GET', '/api/admin/users')
      expectProblem(await ana.call('GET', '/api/admin/users'), 'too_many_requests', 429)
    })

    expect(events).toHaveLength(limit)
    expect(new Set(events.map((event) => event.action))).toEqual(new Set(['permission.refused']))
  })
})

it('names what is left in every answer (draft-ietf-httpapi-ratelimit-headers §3, §4)', async () => {
  const route = routeOf('forgotPassword')
  const source = freshSource()
  const email = `${newId('usr').slice(4)}@example.test`
  const nobody = world.actors.nobody(acme)

  const good = await nobody.request({
    method: 'POST',
    url: route.path,
    payload: { email },
    remoteAddress: source,
  })
  const bad = await ask(route, source)

  expect(good.headers['ratelimit-policy']).toBe('"forgot-password";q=5;w=60')
  expect(good.headers['ratelimit']).toBe('"forgot-password";r=4;t=60')
  expect(bad.headers['ratelimit']).toBe('"forgot-password";r=3;t=60')
  expect(good.headers['retry-after']).toBeUndefined()
})
