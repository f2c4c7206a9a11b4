import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { type Database } from '../../src/platform/db/index.ts'
import { days, seconds } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { openEmbeddedTestDatabase } from '../support/describe-store.ts'
import { expectProblem, observable } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { openPostgresDatabase } from '../support/postgres-database.ts'
import { postgresLane } from '../support/postgres-lane.ts'

const postgresUrl = postgresLane()
const lanes: readonly (readonly [string, () => Promise<Database>])[] = [
  ['the embedded database', () => openEmbeddedTestDatabase()],
  ...(postgresUrl === undefined
    ? []
    : ([['PostgreSQL', () => openPostgresDatabase(postgresUrl)]] as const)),
]

describe.each(lanes)('RFC 9700 §4.14.2 over HTTP, on %s: a refresh token', (_, openDatabase) => {
  let world: World
  let acme: Tenant
  let ana: Actor

  beforeAll(async () => {
    world = await openWorld({ database: await openDatabase() })
    acme = await world.tenant()
  })
  beforeEach(async () => {
    ana = await world.actors.signedIn({ tenant: acme })
  })
  afterAll(() => world.close())

  async function successorOf(token: string | undefined): Promise<string> {
    const answer = await ana.refresh(token)
    expect(answer.statusCode).toBe(200)
    return answer.json().refresh_token
  }

  async function expectFamilyEnded(...tokens: readonly (string | undefined)[]): Promise<void> {
    for (const token of tokens) {
      expectProblem(await ana.refresh(token), 'invalid_refresh_token', 401)
    }
    expectProblem(await ana.call('GET', '/api/auth/me'), 'invalid_token', 401)
  }

  it('is replaced by another at every use, which is 256 bits of its own', async () => {
    const second = await successorOf(ana.refreshToken)
    const third = await successorOf(second)

    expect(new Set([ana.refreshToken, second, third]).size).toBe(3)
    expect(third).toMatch(/^rft_[0-9a-z]{26}\.[\w-]{43}$/)
  })

  it('has one successor when 50 requests present it at the same time (I1)', async () => {
    const { result, events } = await auditedDuring(world, acme, () =>
      Promise.all(Array.from({ length: 50 }, () => ana.refresh())),
    )

    expect(new Set(result.map((answer) => answer.statusCode))).toEqual(new Set([200]))
    const successors = new Set(result.map((answer) => answer.json().refresh_token))
    expect(successors.size).toBe(1)
    const actions = events.map((event) => event.action)
    expect(actions.filter((action) => action === 'session.refreshed')).toHaveLength(1)
    expect(actions.filter((action) => action === 'session.refresh_repeated')).toHaveLength(49)
    await successorOf([...successors][0])
  })

  it('gives the same successor again within the grace, for a lost answer', async () => {
    const first = await successorOf(ana.refreshToken)
    world.clock.advance(seconds(9))

    expect(await successorOf(ana.refreshToken)).toBe(first)
  })

  it('ends its family when it comes again after the grace', async () => {
    const successor = await successorOf(ana.refreshToken)
    world.clock.advance(seconds(10))

    const { result, events } = await auditedDuring(world, acme, () => ana.refresh())

    expectProblem(result, 'invalid_refresh_token', 401)
    expect(events).toMatchObject([{ action: 'session.reuse_detected', outcome: 'refused' }])
    await expectFamilyEnded(successor, ana.refreshToken)
  })

  it('ends its family when it comes again within the grace, but its successor was used', async () => {
    const second = await successorOf(ana.refreshToken)
    const third = await successorOf(second)

    const { result, actions } = await auditedDuring(world, acme, () => ana.refresh())

    expectProblem(result, 'invalid_refresh_token', 401)
    expect(actions).toEqual(['session.reuse_detected'])
    await expectFamilyEnded(second, third)
  })

  it('ends its family once when 50 thieves reuse it, and every one is refused', async () => {
    const successor = await successorOf(ana.refreshToken)
    world.clock.advance(seconds(11))

    const { result, actions } = await auditedDuring(world, acme, () =>
      Promise.all(Array.from({ length: 50 }, () => ana.refresh())),
    )

    for (const answer of result) expectProblem(answer, 'invalid_refresh_token', 401)
    expect(actions.filter((action) => action === 'session.reuse_detected')).toHaveLength(1)
    await expectFamilyEnded(successor)
  })

  it('does not end the other sessions of its user', async () => {
    const phone = ana.refreshToken
    await ana.signIn()
    const laptop = ana.refreshToken
    await successorOf(phone)
    world.clock.advance(seconds(11))

    await ana.refresh(phone)

    await successorOf(laptop)
  })

  it('is refused alike for every reason: unknown, changed, expired, of an ended session', async () => {
    const token = ana.refreshToken ?? ''
    const other = await world.actors.signedIn({ tenant: acme })
    const changed = `${token.slice(0, -2)}${token.endsWith('AA') ? 'EA' : 'AA'}`
    const crossed = `${token.slice(0, 31)}${other.refreshToken?.slice(31)}`
    await other.call('POST', '/api/auth/logout')
    const unknown = observable(await ana.refresh('rft_unknown'))

    expect(observable(await ana.refresh(changed))).toEqual(unknown)
    expect(observable(await ana.refresh(crossed))).toEqual(unknown)
    expect(observable(await ana.refresh(other.refreshToken))).toEqual(unknown)
    // None of the guesses ended anything.
    const alive = await successorOf(token)
    world.clock.advance(days(15))
    expect(observable(await ana.refresh(alive))).toEqual(unknown)
  })

  it('is refused after a sign-out, a changed password or a suspension, at once (I4)', async () => {
    const { userId } = ana
    const { password } = ana.identity
    await ana.call('POST', '/api/auth/password/change', {
      current_password: password,
      new_password: 'quartz-meadow-ripple-77',
    })
    const kept = await successorOf(ana.refreshToken)
    const other = await ana.login({ password: 'quartz-meadow-ripple-77' })

    await world.app.identity.suspendUser(world.internalContext(acme), userId)

    await expectFamilyEnded(kept, other.json().refresh_token)
  })
})
