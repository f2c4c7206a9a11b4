import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { hours, seconds } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { openEmbeddedTestDatabase } from '../support/describe-store.ts'
import { expectProblem, observable } from '../support/expect-problem.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { openWorld, type World } from '../support/open-world.ts'

/** Threat: the password of an account is guessed, one by one, all at once or from many places. */
let world: World
let acme: Tenant
let ana: Actor
/** A new one for each test: a source keeps its failures. */
let source: string
let lastOctet = 0

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
})
beforeEach(async () => {
  ana = await world.actors.user({ tenant: acme })
  lastOctet += 1
  source = `192.0.2.${lastOctet}`
})
afterAll(() => world.close())

function guess(password: string, remoteAddress = source, actor = ana) {
  const { email } = actor.identity
  return actor.request({
    method: 'POST',
    url: '/api/auth/login',
    payload: { email, password },
    remoteAddress,
  })
}

async function guessWrong(times: number, remoteAddress?: string): Promise<void> {
  for (let count = 0; count < times; count++) {
    expectProblem(await guess(`wrong-guess-${count}`, remoteAddress), 'invalid_credentials', 401)
  }
}

const right = (remoteAddress?: string) => guess(ana.identity.password, remoteAddress)

async function reasonOf(act: () => Promise<unknown>): Promise<unknown> {
  const { events } = await auditedDuring(world, acme, act)
  expect(events).toMatchObject([{ action: 'sign_in.refused', outcome: 'refused' }])
  return events[0]?.details['reason']
}

describe('somebody who guesses', () => {
  it('has five guesses judged (PSD2 RTS 4(3)(b)), then even the right one is refused alike', async () => {
    await guessWrong(4)
    const judged = await guess('wrong-guess')
    expect(await reasonOf(() => guessWrong(1))).toBe('delayed')

    const delayed = await right()

    expect(observable(delayed)).toEqual(observable(judged))
    expect(await reasonOf(right)).toBe('delayed')
  })

  it('waits longer after each further guess', async () => {
    await guessWrong(6)

    world.clock.advance(seconds(2))
    expect(await reasonOf(() => guessWrong(1))).toBe('wrong_password')
    world.clock.advance(seconds(2))
    expect(await reasonOf(() => guessWrong(1))).toBe('delayed')
    world.clock.advance(seconds(2))
    expect(await reasonOf(() => guessWrong(1))).toBe('wrong_password')
    world.clock.advance(seconds(7))
    expect(await reasonOf(() => guessWrong(1))).toBe('delayed')
  })

  it('does not lengthen the owner’s wait by guessing while it lasts', async () => {
    await guessWrong(6)
    await guessWrong(20)

    world.clock.advance(seconds(2))

    expect((await right()).statusCode).toBe(200)
  })

  it('does not keep the owner out, who comes from elsewhere', async () => {
    await guessWrong(15)

    expect((await right('198.51.100.7')).statusCode).toBe(200)
  })

  it('is delayed from many places too, and the owner for half a minute at most', async () => {
    for (let place = 0; place < 30; place++) await guessWrong(1, `203.0.113.${100 + place}`)

    expect(await reasonOf(() => guessWrong(1, '203.0.113.200'))).toBe('delayed')
    world.clock.advance(seconds(30))
    expect((await right('198.51.100.8')).statusCode).toBe(200)
  })

  it('is delayed as a source that tries one password on many accounts', async () => {
    const actors = await Promise.all(
      Array.from({ length: 3 }, () => world.actors.user({ tenant: acme })),
    )
    for (let count = 0; count < 51; count++) {
      await world.actors.nobody(acme).request({
        method: 'POST',
        url: '/api/auth/login',
        payload: { email: `nobody-${count}@example.test`, password: 'spring-2026-spray' },
        remoteAddress: source,
      })
    }

    const [target] = actors
    expect(await reasonOf(() => guess(target?.identity.password ?? '', source, target))).toBe(
      'delayed',
    )
  })

  it('gets no other counter by spelling the address differently', async () => {
    await guessWrong(6)
    const [local = '', domain = ''] = ana.identity.email.split('@')
    const email = `${local.toUpperCase()}@${domain.toUpperCase()}`

    const { events } = await auditedDuring(world, acme, () =>
      ana.request({
        method: 'POST',
        url: '/api/auth/login',
        payload: { email, password: ana.identity.password },
        remoteAddress: source,
      }),
    )

    expect(events[0]?.details['reason']).toBe('delayed')
  })

  it('has no more than five of 50 simultaneous guesses judged', async () => {
    const { events } = await auditedDuring(world, acme, () =>
      Promise.all(Array.from({ length: 50 }, (_, count) => guess(`wrong-guess-${count}`))),
    )

    const reasons = events.map((event) => event.details['reason'])
    expect(reasons).toHaveLength(50)
    expect(reasons.filter((reason) => reason === 'wrong_password')).toHaveLength(5)
    expect(reasons.filter((reason) => reason === 'delayed')).toHaveLength(45)
  })

  it('is not forgiven by a step of the clock into the past (I7, I11)', async () => {
    await guessWrong(6)
    world.clock.advance({ milliseconds: -hours(2).milliseconds })

    const reason = await reasonOf(right)
    world.clock.advance(hours(2))

    expect(reason).toBe('delayed')
  })

  it('guesses the current password of a stolen session no more often', async () => {
    await ana.signIn()
    const guessCurrent = (current_password: string) =>
      ana.request({
        method: 'POST',
        url: '/api/auth/password/change',
        payload: { current_password, new_password: 'quartz-meadow-ripple-77' },
        remoteAddress: source,
      })

    for (let count = 0; count < 6; count++) {
      expectProblem(await guessCurrent(`wrong-guess-${count}`), 'current_password_wrong', 403)
    }

    expectProblem(await guessCurrent(ana.identity.password), 'current_password_wrong', 403)
    expect(await reasonOf(right)).toBe('delayed')
  })
})

it('a restart forgives no guess (I7)', async () => {
  const database = await openEmbeddedTestDatabase()
  const clock = new FakeClock()
  const shared = { ...database, close: async () => undefined }
  const first = await openWorld({ database: shared, clock })
  const tenant = await first.tenant()
  const ben = await first.actors.user({ tenant })
  for (let count = 0; count < 6; count++) {
    const answer = await ben.login({ password: `wrong-guess-${count}` })
    expectProblem(answer, 'invalid_credentials', 401)
  }
  await first.close()

  const second = await openWorld({ database, clock })
  const { events } = await auditedDuring(second, tenant, () =>
    second.actors.nobody(tenant).call('POST', '/api/auth/login', {
      email: ben.identity.email,
      password: ben.identity.password,
    }),
  )

  expect(events).toMatchObject([
    { action: 'sign_in.refused', outcome: 'refused', details: { reason: 'delayed' } },
  ])
  await second.close()
})
