import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { minutes, seconds } from '../../kernel/index.ts'
import { createAttemptBudget } from './attempt-budget.ts'
import { FAILURES_FORGOTTEN_AFTER } from './policy.ts'

describeStore('the attempt budget', (open) => {
  it('blocks the pair after as many failures as the policy allows', async () => {
    const { database, tenant, context } = await open()
    const acme = await tenant({ sign_in_failures_before_delay: 3 })
    const budget = createAttemptBudget(database)
    const at = context(acme)

    const outcomes = []
    for (let i = 0; i < 5; i++) outcomes.push((await budget.reserve(at, 'a@a.test')).blocked)

    expect(outcomes).toEqual([false, false, false, true, true])
  })

  it('lets no more than the allowance through when 50 guesses come at once', async () => {
    const { database, tenant, context } = await open()
    const acme = await tenant()
    const budget = createAttemptBudget(database)
    const at = context(acme)

    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => budget.reserve(at, 'b@a.test')),
    )

    expect(outcomes.filter(({ blocked }) => !blocked)).toHaveLength(5)
  })

  it('opens again after the delay, which doubles and has a longest value', async () => {
    const { database, tenant, context, clock } = await open()
    const acme = await tenant({ sign_in_failures_before_delay: 3 })
    const budget = createAttemptBudget(database)
    const at = context(acme)
    for (let i = 0; i < 4; i++) await budget.reserve(at, 'c@a.test')

    clock.advance(seconds(2))
    expect(await budget.reserve(at, 'c@a.test')).toMatchObject({ blocked: false })
    clock.advance(seconds(3))
    expect(await budget.reserve(at, 'c@a.test')).toMatchObject({ blocked: true })
    clock.advance(seconds(1))
    expect(await budget.reserve(at, 'c@a.test')).toMatchObject({ blocked: false })
    for (let i = 0; i < 12; i++) {
      clock.advance(minutes(15))
      expect(await budget.reserve(at, 'c@a.test')).toMatchObject({ blocked: false })
    }
  })

  it('lets one of 50 guesses through when a delay has been served', async () => {
    const { database, tenant, context, clock } = await open()
    const acme = await tenant({ sign_in_failures_before_delay: 3 })
    const budget = createAttemptBudget(database)
    const at = context(acme)
    for (let i = 0; i < 4; i++) await budget.reserve(at, 'j@a.test')
    clock.advance(seconds(2))

    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => budget.reserve(at, 'j@a.test')),
    )

    expect(outcomes.filter(({ blocked }) => !blocked)).toHaveLength(1)
  })

  it('does not let an attacker elsewhere keep the owner out for long', async () => {
    const { database, tenant, context, clock } = await open()
    const acme = await tenant()
    const budget = createAttemptBudget(database)
    for (let i = 0; i < 60; i++) {
      const source = { ip: `198.51.100.${i}`, userAgent: undefined }
      await budget.reserve(context(acme, { source }), 'e@a.test')
    }

    clock.advance(seconds(31))
    const owner = await budget.reserve(context(acme), 'e@a.test')

    expect(owner.blocked).toBe(false)
  })

  it('slows one source down that tries many accounts', async () => {
    const { database, tenant, context } = await open()
    const acme = await tenant()
    const budget = createAttemptBudget(database)
    const at = context(acme)

    const outcomes = []
    for (let i = 0; i < 55; i++) outcomes.push(await budget.reserve(at, `${i}@a.test`))

    expect(outcomes.slice(0, 50).some(({ blocked }) => blocked)).toBe(false)
    expect(outcomes.at(-1)).toMatchObject({ blocked: true })
  })

  it('gives an attempt back that was no wrong guess', async () => {
    const { database, tenant, context } = await open()
    const acme = await tenant({ sign_in_failures_before_delay: 3 })
    const budget = createAttemptBudget(database)
    const at = context(acme)

    for (let i = 0; i < 10; i++) {
      expect((await budget.reserve(at, 'f@a.test')).blocked).toBe(false)
      await budget.refund(at, 'f@a.test')
    }
  })

  it('ends the delay that a returned attempt imposed, so that the next step can be judged', async () => {
    const { database, tenant, context, clock } = await open()
    const acme = await tenant({ sign_in_failures_before_delay: 3 })
    const budget = createAttemptBudget(database)
    const at = context(acme)
    for (let i = 0; i < 4; i++) await budget.reserve(at, 'k@a.test')
    clock.advance(seconds(2))

    const password = await budget.reserve(at, 'k@a.test')
    await budget.refund(at, 'k@a.test', password)

    expect(password.blocked).toBe(false)
    expect((await budget.reserve(at, 'k@a.test')).blocked).toBe(false)
    expect((await budget.reserve(at, 'k@a.test')).blocked).toBe(true)
  })

  it('does not end the delay of another attempt with it', async () => {
    const { database, tenant, context } = await open()
    const acme = await tenant({ sign_in_failures_before_delay: 3 })
    const budget = createAttemptBudget(database)
    const at = context(acme)
    const first = await budget.reserve(at, 'l@a.test')
    for (let i = 0; i < 3; i++) await budget.reserve(at, 'l@a.test')

    await budget.refund(at, 'l@a.test', first)

    expect((await budget.reserve(at, 'l@a.test')).blocked).toBe(true)
  })

  it('clears account and pair on success, and only this attempt of the source', async () => {
    const { database, tenant, context } = await open()
    const acme = await tenant({ sign_in_failures_before_delay: 3 })
    const budget = createAttemptBudget(database)
    const at = context(acme)
    for (let i = 0; i < 3; i++) await budget.reserve(at, 'g@a.test')

    await database.tenantBatch(acme.id, [budget.clear(at, 'g@a.test')])

    expect((await budget.reserve(at, 'g@a.test')).blocked).toBe(false)
  })

  it('keeps tenants apart', async () => {
    const { database, tenant, context } = await open()
    const [acme, globex] = [
      await tenant({ sign_in_failures_before_delay: 3 }),
      await tenant({ sign_in_failures_before_delay: 3 }),
    ]
    const budget = createAttemptBudget(database)
    for (let i = 0; i < 6; i++) await budget.reserve(context(acme), 'h@a.test')

    expect((await budget.reserve(context(globex), 'h@a.test')).blocked).toBe(false)
  })

  it('is not forgiven by a clock that steps back (I11)', async () => {
    const { database, tenant, context, clock } = await open()
    const acme = await tenant({ sign_in_failures_before_delay: 3 })
    const budget = createAttemptBudget(database)
    for (let i = 0; i < 5; i++) await budget.reserve(context(acme), 'i@a.test')

    clock.advance({ milliseconds: -FAILURES_FORGOTTEN_AFTER.milliseconds * 2 })

    expect((await budget.reserve(context(acme), 'i@a.test')).blocked).toBe(true)
  })
})
