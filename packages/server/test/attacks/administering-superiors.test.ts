import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId, type UserId } from '../../src/kernel/index.ts'
import type { Route } from '../../src/platform/http/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { Browser } from '../support/browser.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { requestOf } from './route-requests.ts'
import { tenantState } from './tenant-state.ts'

/** Threat: a helper of the administrators signs them out, disarms them or takes them over. */
let world: World
let acme: Tenant
let clerk: Actor
let boss: Actor

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
  const internal = world.internalContext(acme)
  await world.app.access.defineRole(internal, {
    name: 'clerk',
    description: 'All that changes what belongs to users, and less than an administrator.',
    permissions: ['users.read', 'users.write', 'sessions.read', 'sessions.write', 'roles.write'],
  })
  await world.app.access.defineRole(internal, {
    name: 'helper',
    description: 'Something that a clerk may give.',
    permissions: ['users.read'],
  })
  clerk = await world.actors.signedIn({ tenant: acme, roles: ['clerk'] })
  boss = await world.actors.signedIn({ tenant: acme, roles: ['admin', 'helper'] })
})
afterAll(() => world.close())

/** Every route by which somebody changes what belongs to somebody else. */
const isAbout = (route: Route) =>
  route.method !== 'GET' && route.path.startsWith('/api/admin/users/{user_id}')

const ROUTES = [
  'assignRole',
  'deleteUser',
  'demandPasswordReset',
  'disconnectApplicationOfUser',
  'endUserSessions',
  'removeUserDevice',
  'resumeUser',
  'revokeRole',
  'suspendUser',
]

describe('somebody who administers users', () => {
  it('changes them by these routes', () => {
    expect(
      world.app.routes
        .filter(isAbout)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ROUTES)
  })

  const routeOf = (id: string): Route => {
    const route = world.app.routes.find((one) => one.id === id)
    if (route === undefined) throw new Error(`there is no ${id}`)
    return route
  }
  const deviceOf = async (actor: Actor) => {
    await new Browser(world, acme).login(actor)
    const devices = await clerk.call('GET', `/api/admin/users/${actor.userId}/devices`)
    return devices.json<{ data: { id: string }[] }>().data[0]?.id ?? ''
  }
  const ask = async (id: string, userId: UserId, device = newId('dev') as string) => {
    const values = { user_id: userId, device_id: device, role: 'helper', client_id: newId('cli') }
    const request = requestOf(routeOf(id), values)
    return clerk.request(
      id === 'assignRole' ? { ...request, payload: { role: 'helper' } } : request,
    )
  }

  it.each(ROUTES)('is refused by %s for somebody above, who keeps everything', async (id) => {
    const device = await deviceOf(boss)
    const before = await tenantState(world, acme)

    const { result, events } = await auditedDuring(world, acme, () => ask(id, boss.userId, device))

    expectProblem(result, 'user_exceeds_own_permissions', 403)
    expect(events).toMatchObject([
      {
        action: 'user.administration_refused',
        outcome: 'refused',
        details: { reason: 'user_exceeds_own_permissions' },
      },
    ])
    expect(await tenantState(world, acme)).toEqual(before)
    expect((await boss.call('GET', '/api/auth/me')).statusCode).toBe(200)
    expect(await deviceOf(boss)).not.toBe('')
  })

  it.each(ROUTES.filter((id) => id !== 'disconnectApplicationOfUser'))(
    'is heard by %s for somebody below',
    async (id) => {
      const below = await world.actors.signedIn({
        tenant: acme,
        roles: id === 'assignRole' ? [] : ['helper'],
      })

      const { statusCode } = await ask(id, below.userId, await deviceOf(below))

      expect(Math.floor(statusCode / 100)).toBe(2)
    },
  )

  it('ends the own sessions and takes the own role, whatever that is worth', async () => {
    const ben = await world.actors.signedIn({ tenant: acme, roles: ['clerk'] })
    const ended = await ben.call('DELETE', `/api/admin/users/${ben.userId}/sessions`)

    expect(ended.statusCode).toBe(204)
    expect((await ben.call('GET', '/api/auth/me')).statusCode).toBe(401)
  })
})
