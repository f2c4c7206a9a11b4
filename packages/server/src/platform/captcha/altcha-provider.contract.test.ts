import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { countRows, describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import {
  decodeSolution,
  encodeSolution,
  solveCaptcha,
} from '../../../test/support/solve-captcha.ts'
import type { RequestContext } from '../../kernel/index.ts'
import { minutes, seconds } from '../../kernel/index.ts'
import { purgeSingleUse } from '../db/index.ts'
import { createAltchaProvider, createCaptchaCheck } from './index.ts'

describeStore('proof of work', (open) => {
  async function setUp() {
    const world: StoreWorld = await open()
    const { database } = world
    const hashKey = randomBytes(32)
    const check = createCaptchaCheck({
      provider: createAltchaProvider({ hashKey, cost: 1 }),
      database,
    })
    const acme = await world.tenant()
    const context = world.context(acme)
    const solve = async (as: RequestContext = context) => {
      const asked = await check.challenge(as, 'sign_in')
      if (asked.provider !== 'altcha') throw new Error('another provider')
      return solveCaptcha(asked.challenge)
    }
    const accepts = (payload: string, as: RequestContext = context) =>
      check.isSolved(as, 'sign_in', payload)
    return { ...world, acme, context, check, hashKey, solve, accepts }
  }

  it('is accepted once, also when 50 requests send it at once', async () => {
    const { solve, accepts } = await setUp()
    const payload = await solve()

    const answers = await Promise.all(Array.from({ length: 50 }, () => accepts(payload)))

    expect(answers.filter(Boolean)).toHaveLength(1)
  })

  it('is refused again with another solution of the same challenge', async () => {
    const { solve, accepts, check, context } = await setUp()
    const payload = await solve()
    const { challenge, solution } = decodeSolution(payload)
    const { solveChallenge } = await import('altcha-lib')
    const { deriveKey } = await import('altcha-lib/algorithms/pbkdf2')
    const second = await solveChallenge({
      challenge: challenge as never,
      deriveKey,
      counterStart: solution.counter + 1,
    })

    expect(await accepts(payload)).toBe(true)
    expect(second?.counter).toBeGreaterThan(solution.counter)
    const other = encodeSolution({ challenge, solution: second })
    expect(await check.isSolved(context, 'sign_in', other)).toBe(false)
  })

  it('is worth nothing in another tenant, for another purpose, or with another key', async () => {
    const { solve, check, accepts, tenant, context, database, clock } = await setUp()
    const payload = await solve()
    const stranger = createCaptchaCheck({
      provider: createAltchaProvider({ hashKey: randomBytes(32), cost: 1 }),
      database,
    })

    expect(await accepts(payload, { ...context, tenant: await tenant(), clock })).toBe(false)
    expect(await check.isSolved(context, 'register', payload)).toBe(false)
    expect(await stranger.isSolved(context, 'sign_in', payload)).toBe(false)
    expect(await accepts(payload)).toBe(true)
  })

  it('lives for ten minutes, and not longer by a clock that steps back (I11)', async () => {
    const { solve, accepts, clock } = await setUp()
    const [first, second, third] = [await solve(), await solve(), await solve()]

    clock.advance(minutes(-5))
    expect(await accepts(third)).toBe(false)
    clock.advance(minutes(5))
    clock.advance({ milliseconds: minutes(10).milliseconds - 1000 })
    expect(await accepts(first)).toBe(true)
    clock.advance(seconds(1))
    expect(await accepts(second)).toBe(false)
  })

  it('is refused when anything of it was changed', async () => {
    const { solve, accepts } = await setUp()
    const { challenge, solution } = decodeSolution(await solve())
    const { parameters, signature } = challenge
    const data = parameters['data'] as { expires: number }
    const changed = [
      { challenge: { parameters: { ...parameters, cost: 2 }, signature }, solution },
      { challenge: { parameters: { ...parameters, keyPrefix: '0000' }, signature }, solution },
      { challenge: { parameters, signature: '00'.repeat(32) }, solution },
      { challenge: { parameters }, solution },
      { challenge, solution: { ...solution, counter: solution.counter + 1 } },
      { challenge, solution: { ...solution, derivedKey: '00'.repeat(32) } },
      { challenge, solution: { ...solution, counter: -1 } },
      { challenge },
      {
        challenge: {
          parameters: { ...parameters, data: { ...data, expires: data.expires + 1 } },
          signature,
        },
        solution,
      },
      [],
      null,
      'text',
    ]

    for (const payload of changed) expect(await accepts(encodeSolution(payload))).toBe(false)
    for (const payload of ['', '%', 'A'.repeat(8193), '{}']) {
      expect(await accepts(payload)).toBe(false)
    }
    expect(await accepts(encodeSolution({ challenge, solution }))).toBe(true)
  })

  it('keeps no value of it, and forgets its use when it would be refused anyway', async () => {
    const { solve, accepts, database, acme, clock } = await setUp()
    await accepts(await solve())
    expect(await countRows(database, acme, 'used_values')).toBe(1)

    clock.advance(minutes(24 * 60))
    await purgeSingleUse(database, acme.id, clock.now())
    expect(await countRows(database, acme, 'used_values')).toBe(1)
    clock.advance(minutes(11))
    await purgeSingleUse(database, acme.id, clock.now())
    expect(await countRows(database, acme, 'used_values')).toBe(0)
  })
})
