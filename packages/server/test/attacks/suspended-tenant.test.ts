import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId, seconds } from '../../src/kernel/index.ts'
import type { Route } from '../../src/platform/http/index.ts'
import type { Actor } from '../support/actors.ts'
import { readAudit } from '../support/audit-trail.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'

/** Threat: something of a suspended tenant still works, from a cache or on a forgotten path. */
let world: World
let system: Tenant
let operator: Actor

beforeAll(async () => {
  world = await openWorld()
  const found = await world.app.tenants.findBySlug('system')
  if (found === undefined) throw new Error('the system tenant is missing')
  system = found
  operator = await world.actors.signedIn({ tenant: system, roles: ['operator'] })
})
afterAll(() => world.close())

/** A tenant with an administrator, everything of it warm in every cache. */
async function busyTenant(): Promise<{ acme: Tenant; dan: Actor }> {
  const acme = await world.tenant()
  const dan = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
  expect((await dan.call('GET', '/jwks.json')).statusCode).toBe(200)
  expect((await dan.call('GET', '/api/auth/me')).statusCode).toBe(200)
  return { acme, dan }
}

function setStatus(tenant: Tenant, status: 'active' | 'suspended') {
  return operator.call('PATCH', `/api/system/tenants/${tenant.id}`, { status })
}

function callOf(route: Route, actor: Actor) {
  const url = route.path
    .replace('{user_id}', newId('usr'))
    .replace('{session_id}', newId('ses'))
    .replace('{key_id}', newId('key'))
    .replace('{role}', 'admin')
  const body = route.body === undefined ? {} : { payload: {} }
  return actor.request({ method: route.method, url, ...body })
}

const tenantRoutes = () => world.app.routes.filter((route) => route.operatorOnly !== true)

describe('a suspended tenant', () => {
  it('answers tenant_suspended on every route at once, though it was cached', async () => {
    const { acme, dan } = await busyTenant()

    expect((await setStatus(acme, 'suspended')).statusCode).toBe(200)

    for (const route of tenantRoutes()) {
      const answer = await callOf(route, dan)
      expect([route.id, answer.statusCode, answer.json().code]).toEqual([
        route.id,
        403,
        'tenant_suspended',
      ])
      expectProblem(answer, 'tenant_suspended', 403)
    }
  })

  it('signs nobody in and refreshes nothing, and its cookies are void', async () => {
    const { acme, dan } = await busyTenant()
    const eve = await world.actors.user({ tenant: acme })
    await eve.signInWithCookie()

    await setStatus(acme, 'suspended')

    expectProblem(await dan.login(), 'tenant_suspended', 403)
    expectProblem(await dan.refresh(), 'tenant_suspended', 403)
    expectProblem(await eve.call('GET', '/api/auth/me'), 'tenant_suspended', 403)
    expectProblem(await eve.call('POST', '/api/auth/refresh', {}), 'tenant_suspended', 403)
  })

  it('is refused by another node that has it cached, wherever the database is asked', async () => {
    const { acme, dan } = await busyTenant()
    // Not through this node's HTTP: so its directory does not know.
    const context = world.internalContext(system)
    await world.app.tenants.update(context, acme.id, { status: 'suspended' })

    expectProblem(await dan.call('GET', '/api/auth/me'), 'tenant_suspended', 403)
    expectProblem(await dan.login(), 'tenant_suspended', 403)
    expectProblem(await dan.refresh(), 'tenant_suspended', 403)
    const register = { email: 'new@example.test', password: 'plum-orbit-lantern-42' }
    expectProblem(await dan.call('POST', '/api/auth/register', register), 'tenant_suspended', 403)
  })

  it('has no key set on another node after the two seconds of its directory', async () => {
    const { acme, dan } = await busyTenant()
    const context = world.internalContext(system)
    await world.app.tenants.update(context, acme.id, { status: 'suspended' })

    world.clock.advance(seconds(2))

    for (const path of ['/jwks.json', '/.well-known/openid-configuration']) {
      expectProblem(await dan.call('GET', path), 'tenant_suspended', 403)
    }
  })

  it('works again when it is resumed, and the operators’ trail has both', async () => {
    const { acme, dan } = await busyTenant()

    await setStatus(acme, 'suspended')
    await setStatus(acme, 'active')

    expect((await dan.call('GET', '/api/auth/me')).statusCode).toBe(200)
    const events = (await readAudit(world, system)).filter((event) => event.target_id === acme.id)
    expect(events.map((event) => event.action)).toEqual([
      'tenant.created',
      'tenant.suspended',
      'tenant.resumed',
    ])
    expect(events.at(-1)?.actor_kind).toBe('user')
  })

  it('is never the system tenant, or nobody could resume one', async () => {
    expectProblem(await setStatus(system, 'suspended'), 'tenant_protected', 409)

    expect((await operator.call('GET', '/api/auth/me')).statusCode).toBe(200)
  })
})
