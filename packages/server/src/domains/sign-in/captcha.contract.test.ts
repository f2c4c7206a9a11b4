import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Actor } from '../../../test/support/actors.ts'
import { auditedDuring } from '../../../test/support/audit-trail.ts'
import { Browser } from '../../../test/support/browser.ts'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem, observable } from '../../../test/support/expect-problem.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { encodeSolution, solveCaptcha } from '../../../test/support/solve-captcha.ts'
import { hours } from '../../kernel/index.ts'
import type { Tenant } from '../tenants/index.ts'

type Task = Parameters<typeof solveCaptcha>[0]
interface Step {
  readonly status: string
  readonly captcha: { readonly provider: string; readonly challenge: Task }
}

describeStore('a challenge for people', (open) => {
  let world: World
  let acme: Tenant
  let ada: Actor

  beforeAll(async () => {
    const { database, clock } = await open()
    world = await openWorld({ database: { ...database, close: async () => undefined }, clock })
  })
  const tenantWith = async (captcha_policy: 'off' | 'adaptive' | 'always') => {
    acme = await world.tenant(undefined, {
      captcha_policy,
      email_sign_in_methods: ['link', 'code'],
    })
    ada = await world.actors.user({ tenant: acme })
  }
  beforeEach(() => tenantWith('always'))
  afterAll(() => world.close())

  const stepOf = async (asked: ReturnType<Actor['login']>) => (await asked).json<Step>()
  const solved = async (purpose = 'sign_in', actor = ada) => {
    const answer = await actor.call('GET', `/api/auth/captcha?purpose=${purpose}`)
    return solveCaptcha(answer.json<{ challenge: Task }>().challenge)
  }
  const failTimes = async (count: number, body: Record<string, unknown> = {}) => {
    for (let n = 0; n < count; n++) await ada.login({ password: 'not-the-password-17', ...body })
  }

  it('is demanded always, with nothing looked at, and the solution lets in', async () => {
    const { result, events } = await auditedDuring(world, acme, () => ada.login())
    const step = result.json<Step>()

    expect(step).toMatchObject({ status: 'captcha_required', captcha: { provider: 'altcha' } })
    expect(events).toMatchObject([
      { action: 'sign_in.refused', target_id: null, details: { reason: 'captcha_missing' } },
    ])
    expect(await countRows(world.database, acme, 'sign_in_failures')).toBe(0)
    const captcha = await solveCaptcha(step.captcha.challenge)
    expect((await stepOf(ada.login({ captcha }))).status).toBe('complete')
  })

  it('that was used or is of another tenant or purpose, or made up, is asked for again', async () => {
    const used = await solved()
    await ada.login({ captcha: used })
    const elsewhere = world.actors.nobody(
      await world.tenant(undefined, { captcha_policy: 'always' }),
    )
    const bad = [used, await solved('register'), await solved('sign_in', elsewhere)]
    const before = await countRows(world.database, acme, 'sessions')

    for (const captcha of [...bad, encodeSolution({}), 'x']) {
      const { result, events } = await auditedDuring(world, acme, () => ada.login({ captcha }))
      expect(result.json<Step>().status).toBe('captcha_required')
      expect(events).toMatchObject([{ details: { reason: 'captcha_not_accepted' } }])
    }
    expect(await countRows(world.database, acme, 'sessions')).toBe(before)
  })

  it('never lets an unsolved one reach the hasher', async () => {
    let isHashed = false
    const { identity } = world.app
    const { verifyPassword } = identity
    identity.verifyPassword = (...given) => {
      isHashed = true
      return verifyPassword(...given)
    }
    try {
      await ada.login()
      await ada.login({ captcha: 'x' })
      await ada.login({ captcha: await solved('register') })
      expect(isHashed).toBe(false)
      await ada.login({ captcha: await solved() })
      expect(isHashed).toBe(true)
    } finally {
      identity.verifyPassword = verifyPassword
    }
  })

  it('lets one of 50 guesses with one solution be judged', async () => {
    const captcha = await solved()

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => ada.login({ captcha, password: `wrong-${n}` })),
    )

    expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(1)
  })

  it('is demanded after three failures where it is adaptive, and not again after a success', async () => {
    await tenantWith('adaptive')
    await failTimes(2)
    expect((await stepOf(ada.login())).status).toBe('complete')
    await failTimes(3)

    const step = await stepOf(ada.login())

    expect(step.status).toBe('captcha_required')
    const captcha = await solveCaptcha(step.captcha.challenge)
    expect((await stepOf(ada.login({ captcha }))).status).toBe('complete')
    expect((await stepOf(ada.login())).status).toBe('complete')
  })

  it('is demanded of a known device after its own failures', async () => {
    await tenantWith('adaptive')
    const laptop = new Browser(world, acme)
    await laptop.login(ada)
    const wrong = { email: ada.identity.email, password: 'not-the-password-17' }
    for (let n = 0; n < 3; n++) await laptop.call('POST', '/api/auth/login', wrong)

    expect((await laptop.login(ada)).json<Step>().status).toBe('captcha_required')
  })

  it('is demanded of a source that failed with ten addresses, and of no other', async () => {
    await tenantWith('adaptive')
    for (let n = 0; n < 10; n++) await failTimes(1, { email: `nobody-${n}@example.test` })

    const elsewhere = await ada.request({
      method: 'POST',
      url: '/api/auth/login',
      payload: { email: ada.identity.email, password: ada.identity.password },
      remoteAddress: '192.0.2.77',
    })

    expect((await stepOf(ada.login())).status).toBe('captcha_required')
    expect(elsewhere.json<Step>().status).toBe('complete')
  })

  it('is not demanded for failures that are forgotten, nor where it is off', async () => {
    await tenantWith('adaptive')
    await failTimes(3)
    world.clock.advance({ milliseconds: hours(24).milliseconds + 1000 })
    expect((await stepOf(ada.login())).status).toBe('complete')

    await tenantWith('off')
    await failTimes(4)
    expect((await stepOf(ada.login())).status).toBe('complete')
  })

  it('tells nobody which addresses have an account', async () => {
    await tenantWith('adaptive')
    const suspended = await world.actors.user({ tenant: acme })
    await world.app.identity.suspendUser(world.internalContext(acme), suspended.userId)
    const emails = ['nobody@example.test', ada.identity.email, suspended.identity.email]
    const seen = []
    for (const email of emails) {
      const answers = []
      for (let n = 0; n < 5; n++) {
        answers.push(await ada.login({ email, password: 'not-the-password-17' }))
      }
      seen.push(answers.map((answer) => [answer.statusCode, withoutTask(observable(answer))]))
    }

    expect(seen[0]?.map(([status]) => status)).toEqual([401, 401, 401, 200, 200])
    expect(seen[1]).toEqual(seen[0])
    expect(seen[2]).toEqual(seen[0])
  })

  it.each([
    ['register', '/api/auth/register', { password: 'gravel-harp-untold-mosaic-7' }],
    ['verify_email', '/api/auth/verify-email/resend', {}],
    ['password_reset', '/api/auth/password/forgot', {}],
    ['unlock', '/api/auth/unlock', {}],
    ['magic_link', '/api/auth/magic-link', { kind: 'code' }],
  ])('is demanded to %s, of known and unknown addresses alike', async (purpose, path, rest) => {
    const ask = (email: string, captcha?: string) =>
      ada.call('POST', path, { email, ...rest, ...(captcha === undefined ? {} : { captcha }) })
    const known = await ask(ada.identity.email)
    const unknown = await ask('nobody@example.test')

    expectProblem(known, 'captcha_required', 422)
    expect(observable(known)).toEqual(observable(unknown))
    expectProblem(await ask('nobody@example.test', await solved()), 'captcha_required', 422)
    const captcha = await solved(purpose)
    expect((await ask('nobody@example.test', captcha)).statusCode).toBe(202)
    expectProblem(await ask('nobody@example.test', captcha), 'captcha_required', 422)
    await tenantWith('adaptive')
    expect((await ask(ada.identity.email)).statusCode).toBe(202)
  })

  it('is given for the purposes that there are', async () => {
    const unknown = await ada.call('GET', '/api/auth/captcha?purpose=nothing')

    expectProblem(unknown, 'invalid_request', 400)
  })
})

/** Each challenge is another one. */
function withoutTask(answer: unknown): string {
  return JSON.stringify(answer).replaceAll(/[0-9a-f]{32,}|\d{10,}/g, '…')
}
