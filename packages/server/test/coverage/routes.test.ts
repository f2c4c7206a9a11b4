import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId } from '../../src/kernel/index.ts'
import type { Route } from '../../src/platform/http/index.ts'
import type { Actor } from '../support/actors.ts'
import { RunningClock } from '../support/running-clock.ts'
import { SignalClient } from '../support/signal-client.ts'
import { openWorld, type World } from '../support/open-world.ts'

/** What every endpoint owes, read from the declarations: a new route can't be forgotten here. */
let world: World
let acme: Tenant
let stranger: Actor
let trader: Actor

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  acme = await world.tenant()
  const globex = await world.tenant()
  stranger = await world.actors.signedIn({ tenant: globex, roles: ['admin'] })
  trader = await world.actors.signedIn({ tenant: acme })
})

afterAll(() => world.close())

describe('every route', () => {
  it('has an id of its own', () => {
    const ids = world.app.routes.map((route) => route.id)

    expect(new Set(ids).size).toBe(ids.length)
  })

  it('that is not public answers 401 without a credential', async () => {
    for (const route of guardedRoutes()) {
      const answer = await world.actors.nobody(acme).request(call(route))

      expect([route.id, answer.statusCode]).toEqual([route.id, 401])
      expect(answer.json().code).toBe('authentication_required')
      expect(answer.headers['www-authenticate']).toBe('Bearer')
    }
  })

  it('that is not public refuses a token of another tenant', async () => {
    for (const route of guardedRoutes()) {
      const answer = await world.app.http.inject({
        ...call(route),
        headers: stranger.credentials(),
      })

      expect([route.id, answer.statusCode]).toEqual([route.id, 401])
      expect(answer.json().code).toBe('invalid_token')
    }
  })

  it('that needs a permission refuses a user without a role, and records it', async () => {
    for (const route of guardedRoutes().filter((route) => route.auth.kind === 'permission')) {
      if (route.operatorOnly === true) continue
      const answer = await trader.request(call(route))

      expect([route.id, answer.statusCode]).toEqual([route.id, 403])
      expect(answer.json().code).toBe('permission_denied')
    }
    const refusals = await auditActions('permission.refused')
    const expected = guardedRoutes().filter(
      (route) => route.auth.kind === 'permission' && route.operatorOnly !== true,
    )
    expect(refusals).toBe(expected.length)
  })

  it('of the operators does not exist for another tenant, whoever asks', async () => {
    const admin = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
    const elsewhere = await admin.call('GET', '/api/admin/nowhere')
    for (const route of world.app.routes.filter((route) => route.operatorOnly === true)) {
      const answer = await admin.request({
        method: route.method,
        url: `/t/${acme.slug}${fill(route.path)}`,
      })

      expect([route.id, answer.statusCode]).toEqual([route.id, 404])
      expect(withoutRequest(answer.json())).toEqual(withoutRequest(elsewhere.json()))
    }
  })

  it('limits the rate and says so', async () => {
    for (const route of world.app.routes) {
      expect(route.rateLimit.limit).toBeGreaterThan(0)
      expect(route.rateLimit.window.milliseconds).toBeGreaterThan(0)
      if (route.auth.kind === 'public') expect(route.rateLimit.by).toBe('source')
    }
    const answer = await trader.call('GET', '/api/auth/me')
    expect(answer.headers['ratelimit-policy']).toMatch(/^"get-me";q=\d+;w=\d+$/)
    expect(answer.headers['ratelimit']).toMatch(/^"get-me";r=\d+;t=\d+$/)
  })

  it('that takes a body refuses members that it does not know', async () => {
    const admin = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
    const client = await SignalClient.register(world, acme)
    const asClient = { authorization: `Bearer ${client.token}` }
    for (const route of world.app.routes.filter(({ body }) => body !== undefined)) {
      if (route.operatorOnly === true || needsStepUp(route)) continue
      const headers = route.auth.kind === 'client' ? asClient : {}
      const answer = await admin.request({ ...call(route), headers, payload: { surprise: 1 } })

      expect([route.id, answer.statusCode]).toEqual([route.id, 400])
      expect(JSON.stringify(answer.json().errors)).toContain('unknown_member')
    }
  })

  it('of clients refuses a token without its scope, and takes no other', async () => {
    const client = await SignalClient.register(world, acme)
    await client.authenticate('ssf.read')
    const asClient = { authorization: `Bearer ${client.token}` }
    for (const route of guardedRoutes().filter(({ auth }) => auth.kind === 'client')) {
      const scopes = route.auth.kind === 'client' ? route.auth.scopes : []
      const answer = await world.app.http.inject({ ...call(route), headers: asClient })
      const byUser = await trader.request(call(route))

      const isRefused = answer.statusCode === 403
      expect([route.id, isRefused]).toEqual([route.id, !scopes.includes('ssf.read')])
      expect([route.id, byUser.json().code]).toEqual([route.id, 'invalid_token'])
    }
  })

  it('says what it audits, or why it does not', () => {
    for (const route of world.app.routes) {
      const said = 'none' in route.audit ? route.audit.none : route.audit.events.join()
      expect([route.id, said.length > 10]).toEqual([route.id, true])
      if (route.method !== 'GET') expect([route.id, 'events' in route.audit]).toEqual([route.id, true])
    }
  })

  it('keeps answers with personal data out of caches', async () => {
    const me = await trader.call('GET', '/api/auth/me')

    expect(me.headers['cache-control']).toBe('no-store')
    for (const route of world.app.routes.filter((route) => route.cacheControl !== undefined)) {
      expect([route.id, route.auth.kind]).toEqual([route.id, 'public'])
    }
  })
})

/** These answer 401 with a step-up challenge before they look at the body (RFC 9470). */
function needsStepUp(route: Route): boolean {
  return route.auth.kind === 'user' && route.auth.acr !== undefined
}

function guardedRoutes(): readonly Route[] {
  return world.app.routes.filter((route) => route.auth.kind !== 'public')
}

function call(route: Route) {
  const url = route.operatorOnly === true ? fill(route.path) : `/t/${acme.slug}${fill(route.path)}`
  const payload = route.body === undefined ? {} : { payload: {} }
  return { method: route.method, url, ...payload }
}

/** Puts an id of the right kind, which belongs to nobody, in place of each parameter. */
function fill(path: string): string {
  return path
    .replace('{tenant_id}', newId('ten'))
    .replace('{user_id}', newId('usr'))
    .replace('{session_id}', newId('ses'))
    .replace('{device_id}', newId('dev'))
    .replace('{factor_id}', newId('fct'))
    .replace('{credential_id}', newId('wac'))
    .replace('{step_up_id}', newId('stp'))
    .replace('{key_id}', newId('key'))
    .replace('{client_id}', newId('cli'))
    .replace('{issuer_id}', newId('tis'))
    .replace('{stream_id}', newId('stm'))
    .replace('{hit_id}', newId('hit'))
    .replace('{request_id}', 'a'.repeat(64))
    .replace('{role}', 'admin')
}

function withoutRequest({ request_id: _, instance: __, ...rest }: Record<string, unknown>) {
  return rest
}

async function auditActions(action: string): Promise<number> {
  const [rows] = await world.database.tenantBatch(acme.id, [
    {
      text: 'SELECT count(*)::int AS n FROM audit_events WHERE tenant_id = current_tenant_id() AND action = $1',
      name: 'count_audit_actions',
      values: [action],
    },
  ])
  return (rows[0] as { n: number }).n
}
