import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { auditedDuring } from '../../../test/support/audit-trail.ts'
import type { Actor } from '../../../test/support/actors.ts'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem } from '../../../test/support/expect-problem.ts'
import { MfaActor } from '../../../test/support/mfa-actor.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { ACR, minutes } from '../../kernel/index.ts'
import type { RiskEvent, RiskLevel } from '../risk/index.ts'
import type { Tenant } from '../tenants/index.ts'

const CHROME = 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Firefox/141.0'

describeStore('a risk', (open) => {
  let world: World
  let acme: Tenant
  const levels = new Map<RiskEvent, RiskLevel | 'fails'>()
  const asked: RiskEvent[] = []

  beforeAll(async () => {
    const { database, clock } = await open()
    const riskProvider = {
      assess: async (_: unknown, { event }: { readonly event: RiskEvent }) => {
        asked.push(event)
        const level = levels.get(event) ?? 'low'
        if (level === 'fails') throw new Error('down')
        return { level, reasons: ['listed'] }
      },
    }
    world = await openWorld({
      database: { ...database, close: async () => undefined },
      clock,
      riskProvider,
    })
  })
  beforeEach(async () => {
    levels.clear()
    asked.length = 0
    acme = await world.tenant()
  })
  afterAll(() => world.close())

  const me = (actor: Actor, headers = {}) =>
    actor.request({ method: 'GET', url: '/api/auth/me', headers })
  const withCookie = async () => {
    const actor = await world.actors.user({ tenant: acme })
    await actor.signInWithCookie()
    return actor
  }

  it('that is high lets nobody sign in, leaves no session and is recorded', async () => {
    levels.set('sign_in', 'high')
    const ana = await world.actors.user({ tenant: acme })

    const { result, actions, events } = await auditedDuring(world, acme, () => ana.login())

    expectProblem(result, 'risk_refused', 403)
    expect(result.json()).not.toHaveProperty('access_token')
    expect(actions).toContain('session.ended')
    expect(events.at(-1)).toMatchObject({
      action: 'risk.refused',
      details: { event: 'sign_in', level: 'high', reasons: ['listed'] },
    })
  })

  it('that is medium lets in with a second factor only', async () => {
    const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
    const ben = await world.actors.user({ tenant: acme })
    levels.set('sign_in', 'medium')

    await ana.signIn()

    expectProblem(await ben.login(), 'risk_refused', 403)
  })

  it.each([
    ['refuse', 403],
    ['allow', 200],
  ] as const)('that nobody can tell: %s', async (risk_failure, status) => {
    levels.set('sign_in', 'fails')
    const ana = await world.actors.user({
      tenant: await world.tenant(undefined, { risk_failure }),
    })

    expect((await ana.login()).statusCode).toBe(status)
  })

  it.each([
    ['refresh', 'high'],
    ['refresh', 'medium'],
    ['refresh', 'fails'],
  ] as const)('at %s that is %s ends the session', async (event, level) => {
    const ana = await world.actors.signedIn({ tenant: acme })
    levels.set(event, level)

    const answer = await ana.refresh()
    levels.clear()

    expectProblem(answer, 'risk_refused', 403)
    expectProblem(await me(ana), 'invalid_token', 401)
    expectProblem(await ana.refresh(), 'invalid_refresh_token', 401)
  })

  it('at a refresh that is medium is settled by a recent factor', async () => {
    const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
    await ana.signIn()
    levels.set('refresh', 'medium')

    expect((await ana.actor.refresh()).statusCode).toBe(200)
  })

  it('of a cookie that is high ends its session', async () => {
    const ana = await withCookie()
    levels.set('cookie', 'high')

    const answer = await me(ana)
    levels.clear()

    expectProblem(answer, 'authentication_required', 401)
    expectProblem(await me(ana), 'authentication_required', 401)
  })

  it('of a cookie that is medium asks for a step-up, which settles it for a while', async () => {
    const ana = await withCookie()
    world.clock.advance(minutes(6))
    levels.set('cookie', 'medium')

    const owing = await me(ana)
    const refreshed = await ana.call('POST', '/api/auth/refresh', {})
    await stepUp(ana)

    for (const answer of [owing, refreshed]) {
      expectProblem(answer, 'insufficient_user_authentication', 401)
      expect(answer.headers['www-authenticate']).toContain('max_age="300"')
    }
    expect((await me(ana)).statusCode).toBe(200)
  })

  it('without a provider’s doubt: a cookie in another browser at another place', async () => {
    const ana = await withCookie()
    world.clock.advance(minutes(6))
    const elsewhere = { 'user-agent': CHROME }
    const away = (headers: Record<string, string>) =>
      ana.request({ method: 'GET', url: '/api/auth/me', headers, remoteAddress: '192.0.2.9' })

    expect((await me(ana, elsewhere)).statusCode).toBe(200)
    expect((await away({ 'user-agent': FIREFOX })).statusCode).toBe(200)
    expectProblem(await away(elsewhere), 'insufficient_user_authentication', 401)
    await stepUp(ana, { headers: elsewhere, remoteAddress: '192.0.2.9' })
    world.clock.advance(minutes(6))
    expect((await away(elsewhere)).statusCode).toBe(200)
  })

  it('before a sensitive change refuses it, and changes nothing', async () => {
    const ana = await world.actors.signedIn({ tenant: acme })
    const [high, medium] = [await change('high'), await change('medium')]
    levels.clear()

    expectProblem(high, 'risk_refused', 403)
    expectProblem(medium, 'insufficient_user_authentication', 401)
    expect(medium.headers['www-authenticate']).toContain(ACR.mfa)
    expect((await me(ana)).statusCode).toBe(200)
    expect(await countRows(world.database, acme, 'single_use_values')).toBe(0)

    function change(level: RiskLevel) {
      levels.set('sensitive', level)
      return ana.call('POST', '/api/auth/email/change', { new_email: 'other@example.test' })
    }
  })

  it('is judged before every change of factors, whatever else proves who is there', async () => {
    const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
    await ana.signIn()
    const factors = await countRows(world.database, acme, 'authentication_factors')
    const id = ana.factorId
    const changes = [
      ['POST', '/api/auth/mfa/totp/enroll', {}],
      ['POST', '/api/auth/mfa/hotp/enroll', {}],
      ['POST', '/api/auth/mfa/sms/enroll', { phone_number: '+41790000001' }],
      ['POST', '/api/auth/mfa/backup-codes', {}],
      ['DELETE', `/api/auth/mfa/${id}`, {}],
      ['POST', '/api/auth/webauthn/register/options', {}],
      ['DELETE', `/api/auth/webauthn/credentials/${id.replace('fct', 'wac')}`, {}],
    ] as const
    levels.set('sensitive', 'high')

    for (const [method, path, more] of changes) {
      const proof = { current_password: ana.actor.identity.password, ...more }
      expectProblem(await ana.actor.call(method, path, proof), 'risk_refused', 403)
    }

    expect(asked.filter((event) => event === 'sensitive')).toHaveLength(changes.length + 1)
    expect(await countRows(world.database, acme, 'authentication_factors')).toBe(factors)
  })

  it('is asked about nothing else', async () => {
    const ana = await world.actors.signedIn({ tenant: acme })
    await me(ana)
    await ana.refresh()

    expect(asked).toEqual(['sign_in', 'refresh'])
  })

  async function stepUp(actor: Actor, more: object = {}): Promise<void> {
    const post = (url: string, payload: object) =>
      actor.request({ method: 'POST', url, payload, ...more })
    const { id } = (await post('/api/auth/step-up', {})).json<{ id: string }>()
    const { password } = actor.identity
    const answer = await post(`/api/auth/step-up/${id}/verify`, { method: 'password', password })
    const header = String(answer.headers['set-cookie'])
    actor.cookie = header.slice(0, header.indexOf(';'))
    actor.csrfToken = answer.json<{ csrf_token: string }>().csrf_token
  }
})
