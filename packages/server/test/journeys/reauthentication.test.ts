import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { minutes, newId } from '../../src/kernel/index.ts'
import { tokenFromMail } from '../attacks/read-mail.ts'
import type { Actor } from '../support/actors.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'

const CHALLENGE = 'Bearer error="insufficient_user_authentication", max_age="300"'

describe('what protects an account', () => {
  let world: World
  let acme: Tenant

  beforeAll(async () => {
    world = await openWorld()
    acme = await world.tenant()
  })
  afterAll(() => world.close())

  const stepUp = async (actor: Actor) => {
    const { id } = (await actor.call('POST', '/api/auth/step-up', {})).json<{ id: string }>()
    const answer = await actor.call('POST', `/api/auth/step-up/${id}/verify`, {
      method: 'password',
      password: actor.identity.password,
    })
    actor.accessToken = answer.json<{ access_token: string }>().access_token
  }

  it.each([
    ['POST', '/api/auth/email/change', { new_email: 'other@example.test' }, 202],
    [
      'POST',
      '/api/auth/password/change',
      { current_password: 'plum-orbit-lantern-42', new_password: 'quartz-meadow-ripple-77' },
      204,
    ],
    ['DELETE', `/api/auth/sessions/${newId('ses')}`, undefined, 404],
    ['DELETE', '/api/auth/sessions', undefined, 204],
    ['DELETE', `/api/auth/devices/${newId('dev')}`, undefined, 404],
    ['DELETE', '/api/auth/me', { current_password: 'plum-orbit-lantern-42' }, 204],
  ] as const)('changes by %s %s after a recent authentication only', async (...facts) => {
    const [method, path, body, status] = facts
    const ana = await world.actors.signedIn({ tenant: acme })
    world.clock.advance(minutes(5))
    world.clock.advance({ milliseconds: 1000 })

    const stale = await ana.call(method, path, body)
    await stepUp(ana)
    const recent = await ana.call(method, path, body)

    expectProblem(stale, 'insufficient_user_authentication', 401)
    expect(stale.headers['www-authenticate']).toBe(CHALLENGE)
    expect(recent.statusCode).toBe(status)
  })

  it('is as recent as the tenant says', async () => {
    const strict = await world.tenant(undefined, { reauthentication_seconds: 60 })
    const ana = await world.actors.signedIn({ tenant: strict })
    world.clock.advance(minutes(2))

    const answer = await ana.call('DELETE', '/api/auth/sessions')

    expect(answer.headers['www-authenticate']).toContain('max_age="60"')
  })

  it('moves to another address by two mailboxes, and the old one can take it back', async () => {
    const email = `${newId('usr').slice(4)}@example.test`
    const ana = await world.actors.signedIn({ tenant: acme })
    const other = await world.actors.signedIn({ tenant: acme })
    const visitor = world.actors.nobody(acme)
    await ana.call('POST', '/api/auth/email/change', { new_email: email })
    const confirm = await tokenFromMail(world, email)
    const undo = await tokenFromMail(world, ana.identity.email)

    const confirmed = await visitor.call('POST', '/api/auth/email/confirm', { token: confirm })
    const asAna = await ana.call('GET', '/api/auth/me')
    const renewed = await visitor.login({ email, password: ana.identity.password })
    const undone = await visitor.call('POST', '/api/auth/email/undo', { token: undo })

    expect(confirmed.json()).toEqual({ status: 'email_changed' })
    expectProblem(asAna, 'invalid_token', 401)
    expectProblem(await ana.refresh(), 'invalid_refresh_token', 401)
    expect(renewed.json()).toMatchObject({ status: 'complete', user: { email } })
    expect(undone.json()).toEqual({ status: 'email_change_undone' })
    ana.accessToken = renewed.json<{ access_token: string }>().access_token
    expectProblem(await ana.call('GET', '/api/auth/me'), 'invalid_token', 401)
    expect((await ana.login()).json()).toMatchObject({ status: 'complete' })
    expect((await other.call('GET', '/api/auth/me')).statusCode).toBe(200)
  })

  it('ends a sign-in that waits for its second step when the address changes', async () => {
    const strict = await world.tenant(undefined, { mfa_policy: 'required', mfa_grace_days: 1 })
    const ana = await world.actors.signedIn({ tenant: strict })
    const email = `${newId('usr').slice(4)}@example.test`
    await ana.call('POST', '/api/auth/email/change', { new_email: email })
    world.clock.advance(minutes(24 * 60))
    const { challenge } = (await ana.login()).json<{ challenge: string }>()
    const undo = await tokenFromMail(world, ana.identity.email)

    await ana.call('POST', '/api/auth/email/undo', { token: undo })

    const answer = await ana.call('POST', '/api/auth/mfa/enrollment/totp', { challenge })
    expectProblem(answer, 'invalid_challenge_response', 401)
  })
})
