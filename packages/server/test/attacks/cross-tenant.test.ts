import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId } from '../../src/kernel/index.ts'
import type { Route } from '../../src/platform/http/index.ts'
import type { Actor } from '../support/actors.ts'
import { observable } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { parametersOf, requestOf } from './route-requests.ts'
import { tenantState } from './tenant-state.ts'

/** Threat: an id of another tenant, or of another user, opens something (API1:2023, BOLA). */
let world: World
let acme: Tenant
let victim: Actor
let gus: Actor
let ben: Actor
/** Real ids in acme, for every parameter that a path may have. */
let ids: Readonly<Record<string, string>>

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
  const globex = await world.tenant()
  await world.app.access.defineRole(world.internalContext(acme), {
    name: 'trader',
    description: 'Places orders.',
    permissions: ['app:orders.create'],
  })
  victim = await world.actors.signedIn({ tenant: acme, roles: ['trader'] })
  gus = await world.actors.signedIn({ tenant: globex, roles: ['admin'] })
  ben = await world.actors.signedIn({ tenant: acme })
  const admin = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
  const keys = await admin.call('GET', '/api/admin/keys')
  const sessions = await victim.call('GET', '/api/auth/sessions')
  ids = {
    user_id: victim.userId,
    session_id: sessions.json().data[0].id,
    key_id: keys.json().data[0].id,
    tenant_id: acme.id,
    role: 'trader',
  }
})
afterAll(() => world.close())

/** Those of clients take no user's token; `protocol/ssf` tries foreign streams. */
const isForUsers = ({ auth, operatorOnly }: Route) =>
  auth.kind !== 'client' && operatorOnly !== true

const routesWithIds = () =>
  world.app.routes.filter((route) => parametersOf(route).length > 0 && isForUsers(route))

/** Ids of nothing, of the same kinds. */
function randomIds(): Readonly<Record<string, string>> {
  return { user_id: newId('usr'), session_id: newId('ses'), key_id: newId('key'), role: 'trader' }
}

/** The answers for a foreign id and for none must be byte for byte the same. */
async function expectLikeNothing(actor: Actor, route: Route): Promise<number> {
  const foreign = await actor.request(requestOf(route, ids))
  const random = await actor.request(requestOf(route, randomIds()))

  expect({ route: route.id, ...observable(foreign) }).toEqual({
    route: route.id,
    ...observable(random),
  })
  return foreign.statusCode
}

it('has real ids to try', async () => {
  expect(Object.values(ids).every((id) => typeof id === 'string')).toBe(true)
  expect(routesWithIds().length).toBeGreaterThan(8)
})

describe('ids of another tenant', () => {
  it('are 404 for its administrator, exactly like ids of nothing, and nothing changes', async () => {
    const before = await tenantState(world, acme)

    for (const route of routesWithIds()) {
      const expected = asksForPasswordFirst(route) ? 403 : 404
      expect([route.id, await expectLikeNothing(gus, route)]).toEqual([route.id, expected])
    }

    expect(await tenantState(world, acme)).toEqual(before)
    expect((await victim.call('GET', '/api/auth/me')).statusCode).toBe(200)
  })

  it('select nothing as cursor or filter', async () => {
    const filters = [
      `/api/admin/audit?actor=${victim.userId}`,
      `/api/admin/users?email=${encodeURIComponent(victim.identity.email)}`,
      `/api/admin/users?after=${victim.userId}`,
      `/api/auth/sessions?after=${ids['session_id']}`,
      `/api/admin/keys?after=${ids['key_id']}`,
    ]

    for (const path of filters) {
      const answer = await gus.call('GET', path)
      expect([path, answer.statusCode]).toEqual([path, 200])
      expect(answer.body).not.toContain(victim.userId)
      expect(answer.body).not.toContain(ids['session_id'])
      expect(answer.body).not.toContain(ids['key_id'])
      expect(answer.body).not.toContain(victim.identity.email)
    }
  })

  it('are in no list of the other tenant', async () => {
    // One who has not named the ids: the trail of a tenant shows what its own users tried.
    const hal = await world.actors.signedIn({ tenant: await world.tenant(), roles: ['admin'] })
    const lists = world.app.routes.filter(
      (route) => route.method === 'GET' && route.query !== undefined && isForUsers(route),
    )
    const secrets = [...Object.values(ids), victim.identity.email].filter((id) => id !== 'trader')

    for (const route of lists) {
      const answer = await hal.request(requestOf(route, { user_id: hal.userId }))
      expect([route.id, answer.statusCode]).toEqual([route.id, 200])
      for (const secret of secrets) expect(answer.body).not.toContain(secret)
    }
  })

  it('are refused with a credential of that other tenant on the victim’s own paths', async () => {
    for (const route of world.app.routes.filter((route) => route.auth.kind !== 'public')) {
      const { url, ...rest } = requestOf(route, ids)
      const answer = await gus.request({ ...rest, url: `/t/${acme.slug}${url}` })
      const expected = route.operatorOnly === true ? 404 : 401
      expect([route.id, answer.statusCode]).toEqual([route.id, expected])
    }
  })
})

describe('ids of another user of the same tenant', () => {
  it('are refused to an ordinary user, exactly like ids of nothing, and nothing changes', async () => {
    const before = await tenantState(world, acme)

    for (const route of routesWithIds()) {
      const expected = route.auth.kind === 'permission' || asksForPasswordFirst(route) ? 403 : 404
      expect([route.id, await expectLikeNothing(ben, route)]).toEqual([route.id, expected])
    }

    expect(await tenantState(world, acme)).toEqual(before)
    expect((await victim.call('GET', '/api/auth/me')).statusCode).toBe(200)
  })

  it('are not in the user’s own list of sessions', async () => {
    const answer = await ben.call('GET', '/api/auth/sessions')

    expect(answer.json().data).toHaveLength(1)
    expect(answer.body).not.toContain(ids['session_id'])
  })
})

describe('the same address in two tenants', () => {
  it('is two accounts with passwords, sessions and fates of their own', async () => {
    const email = 'ana@example.test'
    const here = await world.actors.user({ tenant: acme, email, password: 'plum-orbit-lantern-42' })
    const password = 'quartz-meadow-ripple-77'
    const there = await world.actors.user({ tenant: gus.tenant, email, password })

    const crossed = await there.login({ password: 'plum-orbit-lantern-42' })
    await world.app.identity.suspendUser(world.internalContext(acme), here.userId)

    expect(crossed.statusCode).toBe(401)
    expect((await here.login()).statusCode).toBe(401)
    expect((await there.login()).statusCode).toBe(200)
  })
})

/** The body for it has a wrong password: that is refused before any id is looked at. */
function asksForPasswordFirst(route: Route): boolean {
  return route.id === 'removeFactor' || route.id === 'removeWebauthnCredential'
}
