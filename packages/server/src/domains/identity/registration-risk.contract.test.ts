import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { PageVisitor } from '../../../test/pages/page-visitor.ts'
import { auditedDuring } from '../../../test/support/audit-trail.ts'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem, observable } from '../../../test/support/expect-problem.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { solveCaptcha } from '../../../test/support/solve-captcha.ts'
import type { Tenant } from '../tenants/index.ts'

type Task = Parameters<typeof solveCaptcha>[0]

/** Threat: accounts by the thousand, for spam or for fraud. */
describeStore('the risk of a registration', (open) => {
  let world: World
  let acme: Tenant
  let level: 'low' | 'medium' | 'high' | 'fails' = 'low'

  beforeAll(async () => {
    const { database, clock } = await open()
    const riskProvider = {
      assess: async () => {
        if (level === 'fails') throw new Error('down')
        return { level, reasons: ['bots'] }
      },
    }
    world = await openWorld({
      database: { ...database, close: async () => undefined },
      clock,
      riskProvider,
    })
  })
  beforeEach(async () => {
    level = 'low'
    acme = await world.tenant(undefined, { captcha_policy: 'adaptive' })
  })
  afterAll(() => world.close())

  const register = (more: object = {}, tenant = acme) =>
    world.actors.nobody(tenant).call('POST', '/api/auth/register', {
      email: 'new@example.test',
      password: 'plum-orbit-lantern-42',
      ...more,
    })

  it('that is low is none', async () => {
    expect((await register()).statusCode).toBe(202)
  })

  it('that is high refuses it, for known and unknown addresses alike, and says why in the trail', async () => {
    const { identity } = await world.actors.user({ tenant: acme })
    const users = await countRows(world.database, acme, 'users')
    level = 'high'

    const known = await register({ email: identity.email })
    const { result, events } = await auditedDuring(world, acme, () => register())

    expectProblem(result, 'risk_refused', 403)
    expect(observable(known)).toEqual(observable(result))
    expect(await countRows(world.database, acme, 'users')).toBe(users)
    expect(events).toMatchObject([
      {
        action: 'user.registration_refused',
        details: { reason: 'risk', reasons: ['bots'] },
      },
    ])
  })

  it('that is medium is settled by a solved challenge, once', async () => {
    level = 'medium'
    const asked = await register()
    const nobody = world.actors.nobody(acme)
    const given = await nobody.call('GET', '/api/auth/captcha?purpose=register')
    const captcha = await solveCaptcha(given.json<{ challenge: Task }>().challenge)

    expectProblem(asked, 'captcha_required', 422)
    expect((await register({ captcha })).statusCode).toBe(202)
    expectProblem(await register({ captcha }), 'captcha_required', 422)
  })

  it('that is medium brings the challenge to the page, which had none before', async () => {
    level = 'medium'
    const visitor = new PageVisitor(world, acme)
    const before = await visitor.get('/register')
    const fields = { email: 'new@example.test', password: 'plum-orbit-lantern-42' }
    const after = await visitor.submit('/register', fields)

    expect(before.body).not.toContain('data-captcha')
    expect(after.body).toContain('data-captcha')
  })

  it('that is medium counts for nothing where the tenant asks for no challenges', async () => {
    level = 'medium'
    const globex = await world.tenant(undefined, { captcha_policy: 'off' })

    expect((await register({}, globex)).statusCode).toBe(202)
  })

  it('that nobody can tell refuses it, unless the tenant chose otherwise', async () => {
    level = 'fails'
    const globex = await world.tenant(undefined, { risk_failure: 'allow' })

    expectProblem(await register(), 'risk_refused', 403)
    expect((await register({}, globex)).statusCode).toBe(202)
  })
})
