import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { auditedDuring } from '../../../test/support/audit-trail.ts'
import type { Actor } from '../../../test/support/actors.ts'
import { describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem } from '../../../test/support/expect-problem.ts'
import { MfaActor } from '../../../test/support/mfa-actor.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { ACR, days, hours, minutes, seconds } from '../../kernel/index.ts'
import type { Tenant } from '../tenants/index.ts'

const CHALLENGE = `Bearer error="insufficient_user_authentication", acr_values="${ACR.mfa}"`

describeStore('a session, judged again by the rules of now', (open) => {
  let world: World
  let acme: Tenant

  beforeAll(async () => {
    const { database, clock } = await open()
    world = await openWorld({ database: { ...database, close: async () => undefined }, clock })
  })
  beforeEach(async () => {
    acme = await world.tenant()
  })
  afterAll(() => world.close())

  async function change(settings: Parameters<World['tenant']>[1]): Promise<void> {
    const system = await world.app.tenants.findBySlug('system')
    if (system === undefined) throw new Error('the system tenant is missing')
    await world.app.tenants.update(world.internalContext(system), acme.id, { settings })
    // What other nodes remember of a tenant is that old at most.
    world.clock.advance(seconds(2))
  }

  const me = (actor: Actor) => actor.call('GET', '/api/auth/me')
  const withCookie = async () => {
    const actor = await world.actors.user({ tenant: acme })
    await actor.signInWithCookie()
    return actor
  }
  const refreshCookie = (actor: Actor) => actor.call('POST', '/api/auth/refresh', {})

  it('steps up where the tenant began to demand a second factor', async () => {
    const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
    await change({ mfa_policy: 'required' })

    const owing = await me(ana.actor)
    const started = await ana.actor.call('POST', '/api/auth/step-up', { acr: ACR.mfa })
    const { id } = started.json<{ id: string }>()
    const answer = await ana.actor.call('POST', `/api/auth/step-up/${id}/verify`, {
      method: 'totp',
      code: ana.app.code(),
    })
    ana.actor.accessToken = answer.json<{ access_token: string }>().access_token

    expectProblem(owing, 'insufficient_user_authentication', 401)
    expect(owing.headers['www-authenticate']).toBe(CHALLENGE)
    expect((await me(ana.actor)).statusCode).toBe(200)
    expect((await ana.actor.refresh()).statusCode).toBe(200)
  })

  it('of a browser owes it too, and gets no access token before', async () => {
    const ana = await withCookie()
    await change({ mfa_policy: 'required' })

    for (const answer of [await me(ana), await refreshCookie(ana)]) {
      expectProblem(answer, 'insufficient_user_authentication', 401)
      expect(answer.headers['www-authenticate']).toBe(CHALLENGE)
    }
  })

  it('ends at the next refresh if it did not, with its refresh token', async () => {
    const ana = await world.actors.signedIn({ tenant: acme })
    await change({ mfa_policy: 'required' })

    const { result, events } = await auditedDuring(world, acme, () => ana.refresh())

    expectProblem(result, 'session_policy_changed', 401)
    expect(result.json()).not.toHaveProperty('access_token')
    expect(events.at(-1)).toMatchObject({
      action: 'session.ended',
      details: { reason: 'policy_changed' },
    })
    expectProblem(await me(ana), 'invalid_token', 401)
    expectProblem(await ana.refresh(), 'invalid_refresh_token', 401)
  })

  it('can be ended by its user while it owes', async () => {
    const ana = await world.actors.signedIn({ tenant: acme })
    await change({ mfa_policy: 'required' })

    expect((await ana.call('POST', '/api/auth/logout')).statusCode).toBe(204)
  })

  it('owes nothing if it has proven it, or its user is within the grace', async () => {
    const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
    await ana.signIn()
    const ben = await world.actors.signedIn({ tenant: acme })
    await change({ mfa_policy: 'required', mfa_grace_days: 1 })

    for (const actor of [ana.actor, ben]) {
      expect((await me(actor)).statusCode).toBe(200)
      const answer = await actor.refresh()
      expect(answer.statusCode).toBe(200)
      actor.refreshToken = answer.json<{ refresh_token: string }>().refresh_token
    }
    world.clock.advance(days(1))
    expect((await ana.actor.refresh()).statusCode).toBe(200)
    expectProblem(await ben.refresh(), 'session_policy_changed', 401)
  })

  it('owes what a role asks for that its user got meanwhile', async () => {
    await change({ mfa_required_roles: ['admin'] })
    const ana = await world.actors.signedIn({ tenant: acme })
    const before = await me(ana)
    await world.app.access.assignRole(world.internalContext(acme), {
      userId: ana.userId,
      role: 'admin',
    })

    expect(before.statusCode).toBe(200)
    expectProblem(await me(ana), 'insufficient_user_authentication', 401)
  })

  it('by code owes a passkey where nothing else is enough', async () => {
    const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
    await ana.signIn()
    await change({ mfa_policy: 'phishing_resistant' })

    const owing = await me(ana.actor)

    expect(owing.headers['www-authenticate']).toContain(`acr_values="${ACR.passkey}"`)
    expectProblem(await ana.actor.refresh(), 'session_policy_changed', 401)
  })

  it('is idle as soon as the tenant says so', async () => {
    const [ana, ben] = [await world.actors.signedIn({ tenant: acme }), await withCookie()]
    world.clock.advance(minutes(6))
    const before = await me(ana)
    await change({ session_idle_seconds: 300, cookie_idle_seconds: 300 })

    expect(before.statusCode).toBe(200)
    expectProblem(await me(ana), 'invalid_token', 401)
    expectProblem(await ana.refresh(), 'invalid_refresh_token', 401)
    expectProblem(await me(ben), 'authentication_required', 401)
  })

  it('reaches an absolute limit that the tenant shortened, and never a later one', async () => {
    const [ana, ben] = [await world.actors.signedIn({ tenant: acme }), await withCookie()]
    await change({ session_absolute_seconds: 600, cookie_idle_seconds: 900 })
    await change({ session_absolute_seconds: 86_400 })
    world.clock.advance(minutes(9))
    const before = [await ana.refresh(), await me(ben)]
    world.clock.advance(minutes(1))

    expect(before.map(({ statusCode }) => statusCode)).toEqual([200, 200])
    expectProblem(await me(ana), 'invalid_token', 401)
    expectProblem(await me(ben), 'authentication_required', 401)
  })

  it.each([
    ['psd2', 5],
    ['pci-dss', 15],
  ] as const)(
    'is idle after the minutes of %s, and over after its hours',
    async (profile, idle) => {
      acme = await world.tenant(undefined, { password_profile: profile })
      const [ana, ben] = [await world.actors.signedIn({ tenant: acme }), await withCookie()]

      for (let used = 0; used < 12 * 60 - 3; used += 3) {
        world.clock.advance(minutes(3))
        const answer = await ana.refresh()
        ana.refreshToken = answer.json<{ refresh_token: string }>().refresh_token
        ana.accessToken = answer.json<{ access_token: string }>().access_token
      }
      expect((await me(ana)).statusCode).toBe(200)
      world.clock.advance(minutes(3))
      expectProblem(await me(ana), 'invalid_token', 401)

      const cleo = await world.actors.signedIn({ tenant: acme })
      await ben.signInWithCookie()
      world.clock.advance({ milliseconds: minutes(idle).milliseconds - 1 })
      expect((await me(ben)).statusCode).toBe(200)
      world.clock.advance(minutes(idle))
      expectProblem(await me(ben), 'authentication_required', 401)
      expectProblem(await cleo.refresh(), 'invalid_refresh_token', 401)
    },
  )

  it('is not lengthened by a step-up', async () => {
    const ana = await world.actors.signedIn({ tenant: acme })
    await change({ session_absolute_seconds: 3600 })
    world.clock.advance(minutes(50))
    const { id } = (await ana.call('POST', '/api/auth/step-up', {})).json<{ id: string }>()
    const password = ana.identity.password
    await ana.call('POST', `/api/auth/step-up/${id}/verify`, { method: 'password', password })
    world.clock.advance(hours(1))

    expectProblem(await ana.refresh(), 'invalid_refresh_token', 401)
  })
})
