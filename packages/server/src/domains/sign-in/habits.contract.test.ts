import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Actor } from '../../../test/support/actors.ts'
import { auditedDuring } from '../../../test/support/audit-trail.ts'
import { Browser } from '../../../test/support/browser.ts'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem } from '../../../test/support/expect-problem.ts'
import { fakePlaces } from '../../../test/support/fake-places.ts'
import { MfaActor } from '../../../test/support/mfa-actor.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { ACR, days, hours, minutes, newId, type UserId } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import type { Tenant } from '../tenants/index.ts'

const HOME = { ip: '192.0.2.10', agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Firefox/141.0' }
const SYDNEY = {
  ip: '203.0.113.7',
  agent: 'Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36',
}
const TRAIN = { ip: '198.51.100.9', agent: HOME.agent }
type Place = typeof HOME

const places = fakePlaces({
  [HOME.ip]: { country: 'CH', point: { latitude: 46.95, longitude: 7.45, accuracyKm: 20 } },
  [TRAIN.ip]: { country: 'CH', point: { latitude: 47.37, longitude: 8.54, accuracyKm: 20 } },
  [SYDNEY.ip]: { country: 'AU', point: { latitude: -33.87, longitude: 151.21, accuracyKm: 20 } },
})

/** Threat: somebody signs in with a password that is not theirs, from where its owner never was. */
describeStore('what is usual for a user', (open) => {
  let world: World
  let providerSays: 'low' | 'high' = 'low'
  const asked: string[][] = []

  beforeAll(async () => {
    const { database, clock } = await open()
    const riskProvider = {
      assess: async (_: unknown, { signals }: { readonly signals: readonly string[] }) => {
        asked.push([...signals])
        return { level: providerSays, reasons: [] }
      },
    }
    world = await openWorld({
      database: { ...database, close: async () => undefined },
      clock,
      places,
      riskProvider,
    })
  })
  beforeEach(() => {
    providerSays = 'low'
    asked.length = 0
  })
  afterAll(() => world.close())

  const login = (actor: Actor, { ip, agent }: Place, transport = 'bearer') =>
    actor.request({
      method: 'POST',
      url: '/api/auth/login',
      payload: { ...passwordOf(actor), transport },
      remoteAddress: ip,
      headers: { 'user-agent': agent },
    })
  /** Somebody who has signed in at home three days in a row, without a cookie jar. */
  const regular = async (tenant: Tenant) => {
    const actor = await world.actors.user({ tenant })
    for (let day = 0; day < 3; day++) {
      expect((await login(actor, HOME)).statusCode).toBe(200)
      world.clock.advance(days(1))
    }
    return actor
  }
  const rowsOf = async (tenant: Tenant) => {
    const [rows] = await world.database.tenantBatch(tenant.id, [
      sql<{ row: string }>`
        SELECT row_to_json(h)::text AS row FROM user_habits h
         WHERE tenant_id = current_tenant_id()`,
    ])
    return rows.map(({ row }) => row)
  }

  describe('of a tenant that wants to know', () => {
    let acme: Tenant
    beforeEach(async () => {
      acme = await world.tenant(undefined, { unusual_sign_ins: 'step_up' })
    })

    it('lets in who is as always, and who is somewhere else alone', async () => {
      const ana = await regular(acme)

      expect((await login(ana, HOME)).statusCode).toBe(200)
      expect((await login(ana, TRAIN)).statusCode).toBe(200)
      expect(asked.at(-1)).toEqual(['new_network'])
    })

    it('keeps out who is otherwise, however often they try, and says why in the trail only', async () => {
      const ana = await regular(acme)
      await login(ana, HOME)
      const { result, events } = await auditedDuring(world, acme, () => login(ana, SYDNEY))
      const again = []
      for (let i = 0; i < 4; i++) again.push((await login(ana, SYDNEY)).statusCode)

      expectProblem(result, 'risk_refused', 403)
      expect(result.body).not.toMatch(/country|network|new_/)
      const reasons = ['new_country', 'new_network', 'new_client_kind']
      expect(events.at(-1)).toMatchObject({
        action: 'risk.refused',
        details: { event: 'sign_in', level: 'medium', reasons },
      })
      expect(events.map(({ action }) => action)).toContain('session.ended')
      expect(again).toEqual([403, 403, 403, 403])
      expect((await login(ana, HOME)).statusCode).toBe(200)
    })

    it('lets nobody of fifty at once teach the others', async () => {
      const { userId } = await regular(acme)

      const signals = await fiftyAtOnce(acme, userId, SYDNEY)

      expect(signals.filter((seen) => !seen.includes('new_country'))).toEqual([])
    })

    it('is another one for another user, and in another tenant', async () => {
      const [ana, globex] = [await regular(acme), await world.tenant(undefined, acme.settings)]
      const ben = await world.actors.user({ tenant: acme })
      const cai = await world.actors.user({ tenant: globex, email: ana.identity.email })

      for (const actor of [ben, cai]) expect((await login(actor, SYDNEY)).statusCode).toBe(200)
      expect([await countRows(world.database, acme, 'user_habits')]).toEqual([2])
      expect((await login(ana, SYDNEY)).statusCode).toBe(403)
    })

    it('grows by what a second factor proved', async () => {
      const actor = await regular(acme)
      await actor.signIn()
      const ana = await MfaActor.enroll(actor, world.clock)
      const withFactor = async (place: Place) => {
        const answer = await login(ana.actor, place)
        const { challenge } = answer.json<{ challenge: string }>()
        world.clock.advance(minutes(1))
        const { statusCode } = await ana.actor.request({
          method: 'POST',
          url: '/api/auth/mfa/verify',
          payload: { challenge, method: 'totp', code: ana.app.code() },
          remoteAddress: place.ip,
          headers: { 'user-agent': place.agent },
        })
        return { statusCode, signals: asked.at(-1) }
      }

      const first = await withFactor(SYDNEY)
      const second = await withFactor(SYDNEY)

      const signals = ['new_country', 'new_network', 'new_client_kind']
      expect([first, second]).toEqual([
        { statusCode: 200, signals },
        { statusCode: 200, signals: [] },
      ])
    })

    it('is not changed by a sign-in that the provider refused', async () => {
      const ana = await regular(acme)
      providerSays = 'high'
      expect((await login(ana, TRAIN)).statusCode).toBe(403)
      providerSays = 'low'

      await login(ana, TRAIN)
      await login(ana, TRAIN)

      expect(asked.slice(-3)).toEqual([['new_network'], ['new_network'], []])
    })

    it('is written without words, and rounded', async () => {
      const ana = await regular(acme)
      await login(ana, TRAIN)

      const [row = ''] = await rowsOf(acme)

      expect(row).not.toMatch(/192\.0\.2|198\.51|firefox|linux|"CH"/i)
      expect(row).toMatch(/"latitude": ?47,/)
      expect(row.match(/7\.45/)).toBeNull()
    })

    it('goes with its user, and when nobody has come for 180 days', async () => {
      const ana = await regular(acme)
      await regular(acme)
      await world.app.identity.deleteUser(world.internalContext(acme), ana.userId)
      const left = await countRows(world.database, acme, 'user_habits')

      world.clock.advance(days(178))
      const early = await world.app.habits.purge(world.internalContext(acme))
      world.clock.advance(days(2))
      const late = await world.app.habits.purge(world.internalContext(acme))

      expect([left, early, late]).toEqual([1, 0, 1])
    })

    it('knows browsers by the hints that they send, too', async () => {
      const ana = await regular(acme)
      const payload = { ...passwordOf(ana), transport: 'bearer' }
      const hints = { 'sec-ch-ua-platform': '"Linux"', 'sec-ch-ua-mobile': '?0' }
      const headers = { 'user-agent': HOME.agent, ...hints }
      const url = '/api/auth/login'

      await ana.request({ method: 'POST', url, payload, headers, remoteAddress: HOME.ip })

      expect(asked.at(-1)).toEqual(['new_client_kind'])
    })

    it('asks a browser that is known for nothing', async () => {
      const ana = await world.actors.user({ tenant: acme })
      const home = new Browser(world, acme, { userAgent: HOME.agent, ip: HOME.ip })
      for (let i = 0; i < 4; i++) await home.call('POST', '/api/auth/login', passwordOf(ana))
      const away = new Browser(world, acme, { userAgent: SYDNEY.agent, ip: SYDNEY.ip })
      const stranger = await login(ana, SYDNEY)
      away.jar.set(home.nameOf('device'), home.cookie('device'))

      expect(stranger.statusCode).toBe(403)
      expect((await away.call('POST', '/api/auth/login', passwordOf(ana))).statusCode).toBe(200)
      expect(asked.at(-1)).toContain('known_device')
    })
  })

  it('is not read, written or judged where the tenant does not want to know', async () => {
    const acme = await world.tenant()
    const ana = await regular(acme)

    expect((await login(ana, SYDNEY)).statusCode).toBe(200)
    expect(await countRows(world.database, acme, 'user_habits')).toBe(0)
    expect(asked.at(-1)).toEqual([])
  })

  describe('an impossible journey', () => {
    const tenantThat = (impossible_travel: 'step_up' | 'refuse') =>
      world.tenant(undefined, { impossible_travel })

    it('keeps out whoever made it, and lets in who had the time', async () => {
      const acme = await tenantThat('step_up')
      const ana = await world.actors.user({ tenant: acme })
      await login(ana, HOME)
      world.clock.advance(hours(2))

      const early = await auditedDuring(world, acme, () => login(ana, SYDNEY))
      world.clock.advance(hours(17))
      const late = await login(ana, SYDNEY)

      expectProblem(early.result, 'risk_refused', 403)
      expect(early.events.at(-1)).toMatchObject({
        details: { event: 'sign_in', level: 'medium', reasons: ['impossible_travel'] },
      })
      expect(late.statusCode).toBe(200)
    })

    it('is all that counts where the tenant wants to know nothing else', async () => {
      const ana = await regular(await tenantThat('step_up'))

      expect((await login(ana, SYDNEY)).statusCode).toBe(200)
      expect(asked.at(-1)).toEqual([])
    })

    it('moves nobody, however many try at once: their owner is still at home', async () => {
      const acme = await tenantThat('step_up')
      const ana = await world.actors.user({ tenant: acme })
      await login(ana, HOME)

      const signals = await fiftyAtOnce(acme, ana.userId, SYDNEY)

      expect(signals).toEqual(Array.from({ length: 50 }, () => ['impossible_travel']))
      expect((await login(ana, HOME)).statusCode).toBe(200)
    })

    it.each([
      ['step_up', 200],
      ['refuse', 403],
    ] as const)('with a second factor: %s', async (setting, status) => {
      const acme = await tenantThat(setting)
      const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
      const begin = (place: Place) => login(ana.actor, place)
      const finish = async (place: Place) => {
        const { challenge } = (await begin(place)).json<{ challenge: string }>()
        world.clock.advance(minutes(1))
        const payload = { challenge, method: 'totp', code: ana.app.code() }
        const url = '/api/auth/mfa/verify'
        const { ip: remoteAddress } = place
        return ana.actor.request({ method: 'POST', url, payload, remoteAddress })
      }

      expect((await finish(HOME)).statusCode).toBe(200)
      expect((await finish(SYDNEY)).statusCode).toBe(status)
    })

    it('of a refresh token ends its session, and of who had the time does not', async () => {
      const acme = await tenantThat('step_up')
      const ana = await world.actors.user({ tenant: acme })
      const tokenOf = async () =>
        (await login(ana, HOME)).json<{ refresh_token: string }>().refresh_token
      const refresh = (refresh_token: string) =>
        ana.request({
          method: 'POST',
          url: '/api/auth/refresh',
          payload: { refresh_token },
          remoteAddress: SYDNEY.ip,
          headers: { 'user-agent': HOME.agent },
        })
      const [stolen, carried] = [await tokenOf(), await tokenOf()]
      world.clock.advance(hours(1))
      const { result, events } = await auditedDuring(world, acme, () => refresh(stolen))
      world.clock.advance(hours(20))

      expectProblem(result, 'risk_refused', 403)
      expect(events.at(-1)).toMatchObject({
        details: { event: 'refresh', reasons: ['source_changed', 'impossible_travel'] },
      })
      expect((await refresh(carried)).statusCode).toBe(200)
    })

    it('of a cookie owes a step-up, or ends its session where the tenant refuses', async () => {
      const me = async (setting: 'step_up' | 'refuse') => {
        const ana = await world.actors.user({ tenant: await tenantThat(setting) })
        const answer = await login(ana, HOME, 'cookie')
        ana.cookie = String(answer.headers['set-cookie']).split(';')[0]
        world.clock.advance(minutes(10))
        const headers = { 'user-agent': HOME.agent }
        const url = '/api/auth/me'
        return ana.request({ method: 'GET', url, headers, remoteAddress: SYDNEY.ip })
      }

      expectProblem(await me('step_up'), 'insufficient_user_authentication', 401)
      expectProblem(await me('refuse'), 'authentication_required', 401)
    })
  })

  /** Without the password and its attempts, which would let only a few of them come so far. */
  function fiftyAtOnce(tenant: Tenant, userId: UserId, { ip, agent: client }: Place) {
    const { habits } = world.app
    const context = { ...world.internalContext(tenant), source: { ip, userAgent: client } }
    const authTime = world.clock.now()
    const judge = () =>
      world.database.withTenant(tenant.id, async (tx) => {
        const known = await habits.read(tx, context, userId)
        if (known === undefined) throw new Error('the tenant does not want to know')
        const session = { id: newId('ses'), userId, acr: ACR.password, authTime }
        return habits.judge(tx, context, { known, session, client, isKnownDevice: false })
      })
    return Promise.all(Array.from({ length: 50 }, judge))
  }

  function passwordOf({ identity: { email, password } }: Actor) {
    return { email, password }
  }
})
