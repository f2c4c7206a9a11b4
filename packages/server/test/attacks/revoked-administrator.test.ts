import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'

/**
 * Threat: an administrator who is about to lose their powers keeps requests waiting (for a hash, for
 * a list elsewhere), and they pass on, after the loss, what is not theirs any more.
 */
let world: World
let acme: Tenant
let boss: Actor
let mallory: Actor
/** undefined: nobody waits for the list. */
let gate: { readonly reached: () => void; readonly opened: Promise<void> } | undefined

beforeAll(async () => {
  const isBreached = async () => {
    gate?.reached()
    await gate?.opened
    return false
  }
  world = await openWorld({ breachedPasswords: { isBreached, close: async () => undefined } })
  acme = await world.tenant()
})
beforeEach(async () => {
  boss = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
  mallory = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
})
afterAll(() => world.close())

/** Mallory's request for an account with her role; it has arrived, and waits. */
async function parked(email: string) {
  const [arrival, opening] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  gate = { reached: arrival.resolve, opened: opening.promise }
  const body = { email, password: 'quartz-meadow-ripple-77', roles: ['admin'] }
  const answering = mallory.call('POST', '/api/admin/users', body)
  await arrival.promise
  gate = undefined
  return { answering, letGo: () => opening.resolve() }
}

const existsWith = async (email: string) => {
  const { data } = (await boss.call('GET', '/api/admin/users?limit=100')).json<{
    data: { email: string }[]
  }>()
  return data.some((user) => user.email === email)
}

describe('a request that waits', () => {
  it.each<[string, () => PromiseLike<{ statusCode: number }>]>([
    [
      'the role is taken away',
      () => boss.call('DELETE', `/api/admin/users/${mallory.userId}/roles/admin`),
    ],
    [
      'the account is suspended',
      () => boss.call('POST', `/api/admin/users/${mallory.userId}/suspend`),
    ],
  ])('gives nobody a role after %s', async (_, lose) => {
    const email = `${newId('usr').slice(4)}@example.test`
    const { answering, letGo } = await parked(email)
    expect((await lose()).statusCode).toBeLessThan(300)

    const { actions } = await auditedDuring(world, acme, async () => {
      letGo()
      expectProblem(await answering, 'permission_denied', 403)
    })

    expect(actions).toEqual(['permission.refused'])
    expect(await existsWith(email)).toBe(false)
  })

  it('is done where nothing was lost', async () => {
    const email = `${newId('usr').slice(4)}@example.test`
    const { answering, letGo } = await parked(email)

    letGo()

    expect((await answering).statusCode).toBe(201)
  })
})
