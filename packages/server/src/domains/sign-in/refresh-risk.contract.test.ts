import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Actor } from '../../../test/support/actors.ts'
import { auditedDuring } from '../../../test/support/audit-trail.ts'
import { Browser } from '../../../test/support/browser.ts'
import { describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem } from '../../../test/support/expect-problem.ts'
import { MfaActor } from '../../../test/support/mfa-actor.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { minutes, seconds } from '../../kernel/index.ts'
import type { RiskQuestion } from '../risk/index.ts'
import type { Tenant } from '../tenants/index.ts'

const APP = 'Notes/4.1 (iPhone; iOS 19.0) okhttp'
const CHROME = 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36'
const HOME = '192.0.2.10'
const AWAY = '198.51.100.7'

/** Threat: a refresh token that was copied out of an API client. */
describeStore('a refresh by bearer token', (open) => {
  let world: World
  let acme: Tenant
  let signals: RiskQuestion['signals'][] = []

  beforeAll(async () => {
    const { database, clock } = await open()
    const riskProvider = {
      assess: async (_: unknown, { event, signals: seen }: RiskQuestion) => {
        if (event === 'refresh') signals.push(seen)
        return { level: 'low' as const, reasons: [] }
      },
    }
    world = await openWorld({
      database: { ...database, close: async () => undefined },
      clock,
      riskProvider,
    })
  })
  beforeEach(async () => {
    signals = []
    acme = await world.tenant()
  })
  afterAll(() => world.close())

  const from = (ip: string, userAgent: string | undefined = APP) => ({
    remoteAddress: ip,
    headers: { 'user-agent': userAgent },
  })
  type Place = ReturnType<typeof from>
  const signIn = async (actor: Actor, place: Place) => {
    const payload = { email: actor.identity.email, password: actor.identity.password }
    const answer = await actor.request({
      method: 'POST',
      url: '/api/auth/login',
      payload: { ...payload, transport: 'bearer' },
      ...place,
    })
    actor.refreshToken = answer.json<{ refresh_token: string }>().refresh_token
  }
  const refresh = async (actor: Actor, place: Place, token = actor.refreshToken) => {
    const payload = { refresh_token: token }
    const answer = await actor.request({
      method: 'POST',
      url: '/api/auth/refresh',
      payload,
      ...place,
    })
    if (answer.statusCode === 200) {
      actor.refreshToken = answer.json<{ refresh_token: string }>().refresh_token
      actor.accessToken = answer.json<{ access_token: string }>().access_token
    }
    return answer
  }
  const withApp = async () => {
    const ana = await world.actors.user({ tenant: acme })
    await signIn(ana, from(HOME))
    return ana
  }

  it('goes on from wherever a phone is, and whatever its app calls itself at home', async () => {
    const ana = await withApp()

    for (const place of [from(HOME), from(AWAY), from('2001:db8::1'), from(HOME, CHROME)]) {
      expect((await refresh(ana, place)).statusCode).toBe(200)
    }

    expect(signals).toEqual([[], ['source_changed'], ['source_changed'], ['device_changed']])
  })

  it('goes on where the client says nothing of itself, there or before', async () => {
    const ana = await withApp()
    const ben = await world.actors.user({ tenant: acme })
    await signIn(ben, from(HOME, 'x'))

    expect((await refresh(ana, from(AWAY, 'x'))).statusCode).toBe(200)
    expect((await refresh(ben, from(AWAY, CHROME))).statusCode).toBe(200)
    expect(signals).toEqual([['source_changed'], ['source_changed']])
  })

  it('from another place and another kind of device at once ends the session', async () => {
    const ana = await withApp()
    const stolen = ana.refreshToken

    const { result, events } = await auditedDuring(world, acme, () =>
      refresh(ana, from(AWAY, CHROME)),
    )

    expectProblem(result, 'risk_refused', 403)
    expect(result.json()).not.toHaveProperty('refresh_token')
    expect(events.at(-1)).toMatchObject({
      action: 'risk.refused',
      details: { event: 'refresh', level: 'medium', reasons: ['source_changed', 'device_changed'] },
    })
    expectProblem(await refresh(ana, from(HOME), stolen), 'invalid_refresh_token', 401)
  })

  it('of a token that was used within the grace is judged alike', async () => {
    const ana = await withApp()
    const parent = ana.refreshToken
    await refresh(ana, from(HOME))
    world.clock.advance(seconds(1))

    expect((await refresh(ana, from(AWAY), parent)).statusCode).toBe(200)
    expect(signals.at(-1)).toEqual(['source_changed'])
    expectProblem(await refresh(ana, from(AWAY, CHROME), parent), 'risk_refused', 403)
    expectProblem(await refresh(ana, from(HOME)), 'invalid_refresh_token', 401)
  })

  it('goes on after a recent factor, and not after one that is old', async () => {
    const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
    const { email, password } = ana.actor.identity
    const post = (url: string, payload: object) =>
      ana.actor.request({ method: 'POST', url, payload, ...from(HOME) })
    const asked = await post('/api/auth/login', { email, password, transport: 'bearer' })
    const { challenge } = asked.json<{ challenge: string }>()
    const proof = { challenge, method: 'totp', code: ana.app.code() }
    const answer = await post('/api/auth/mfa/verify', proof)
    ana.actor.refreshToken = answer.json<{ refresh_token: string }>().refresh_token

    expect((await refresh(ana.actor, from(AWAY, CHROME))).statusCode).toBe(200)
    world.clock.advance(minutes(6))
    expectProblem(await refresh(ana.actor, from(AWAY, CHROME)), 'risk_refused', 403)
  })

  it('goes on with the cookie of its device, whatever that calls itself now', async () => {
    const ana = await world.actors.user({ tenant: acme })
    const before = new Browser(world, acme, { userAgent: APP, ip: HOME })
    const { email, password } = ana.identity
    const login = { email, password, transport: 'bearer' }
    const answer = await before.call('POST', '/api/auth/login', login)
    const token = answer.json<{ refresh_token: string }>().refresh_token
    const updated = new Browser(world, acme, { userAgent: CHROME, ip: AWAY })
    updated.jar.set(before.nameOf('device'), before.cookie('device'))

    const own = await updated.call('POST', '/api/auth/refresh', { refresh_token: token })
    const again = await updated.call('POST', '/api/auth/refresh', { refresh_token: token })

    expect([own.statusCode, again.statusCode]).toEqual([200, 200])
    expect(signals).toEqual([['source_changed'], ['source_changed']])
  })

  it('is judged by where it stepped up last', async () => {
    const ana = await withApp()
    await refresh(ana, from(HOME))
    const post = (url: string, payload: object) =>
      ana.request({ method: 'POST', url, payload, ...from(AWAY, CHROME) })
    const { id } = (await post('/api/auth/step-up', {})).json<{ id: string }>()
    const { password } = ana.identity
    await post(`/api/auth/step-up/${id}/verify`, { method: 'password', password })
    world.clock.advance(minutes(6))

    expect((await refresh(ana, from(AWAY, CHROME))).statusCode).toBe(200)
    expect(signals.at(-1)).toEqual([])
  })
})
