import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { tokenFromMail } from '../../../test/attacks/read-mail.ts'
import type { Actor } from '../../../test/support/actors.ts'
import { auditedDuring } from '../../../test/support/audit-trail.ts'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem } from '../../../test/support/expect-problem.ts'
import { MfaActor } from '../../../test/support/mfa-actor.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { decodeClaims } from '../../../test/support/decode-claims.ts'
import { days, minutes, toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import type { Tenant } from '../tenants/index.ts'

const NEW_PASSWORD = 'gravel-harp-untold-mosaic-7'

interface Step {
  readonly status: string
  readonly reason?: string
  readonly challenge: string
  readonly expires_in: number
}

describeStore('a sign-in that demands a new password', (open) => {
  let world: World
  let acme: Tenant
  const breached = new Set<string>()
  let isListDown = false

  beforeAll(async () => {
    const { database, clock } = await open()
    world = await openWorld({
      database: { ...database, close: async () => undefined },
      clock,
      breachedPasswords: {
        isBreached: async (password) => {
          if (isListDown) throw new Error('list not reachable')
          return breached.has(password.reveal())
        },
        close: async () => undefined,
      },
    })
  })
  beforeEach(async () => {
    breached.clear()
    isListDown = false
    acme = await world.tenant()
  })
  afterAll(() => world.close())

  const step = async (actor: Actor, body = {}) => (await actor.login(body)).json<Step>()

  const change = (actor: Actor, challenge: string, newPassword = NEW_PASSWORD) =>
    actor.request({
      method: 'POST',
      url: '/api/auth/password/change-required',
      payload: { challenge, new_password: newPassword },
      headers: { authorization: '' },
    })

  /** The right password, known from a breach by now. */
  const breachedUser = async () => {
    breached.clear()
    const actor = await world.actors.signedIn({ tenant: acme })
    breached.add(actor.identity.password)
    return actor
  }

  const demandFor = (userId: Actor['userId']) =>
    world.app.identity.demandPasswordReset(world.internalContext(acme), userId)

  it('for a breach names it, issues nothing, and is recorded once', async () => {
    const ada = await breachedUser()
    const before = await countRows(world.database, acme, 'sessions')

    const { result, actions } = await auditedDuring(world, acme, () =>
      ada.login({ transport: 'cookie' }),
    )

    expect(result.statusCode).toBe(200)
    expect(result.headers['set-cookie']).toBeUndefined()
    expect(result.json()).toEqual({
      status: 'password_change_required',
      reason: 'breach',
      challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      expires_in: 900,
    })
    expect(actions).toEqual(['user.password_change_demanded', 'sign_in.challenged'])
    expect(await countRows(world.database, acme, 'sessions')).toBe(before)
    const again = await auditedDuring(world, acme, () => ada.login())
    expect(again.actions).toEqual(['sign_in.challenged'])
  })

  it('is completed by one, which ends every other session', async () => {
    const ada = await breachedUser()
    const { challenge } = await step(ada)

    const { result, actions } = await auditedDuring(world, acme, () => change(ada, challenge))

    expect(result.json()).toMatchObject({ status: 'complete', token_type: 'Bearer' })
    expect((await ada.call('GET', '/api/auth/me')).statusCode).toBe(401)
    expect(actions).toEqual(
      expect.arrayContaining(['user.password_changed', 'session.several_ended', 'session.started']),
    )
    ada.accessToken = result.json<{ access_token: string }>().access_token
    expect((await ada.call('GET', '/api/auth/me')).statusCode).toBe(200)
    expectProblem(await ada.login(), 'invalid_credentials', 401)
    ada.identity.password = NEW_PASSWORD
    expect((await step(ada)).status).toBe('complete')
  })

  it('gives a browser its cookie with the last step only', async () => {
    const ada = await breachedUser()
    const { challenge } = await step(ada, { transport: 'cookie' })

    const answer = await change(ada, challenge)

    expect(String(answer.headers['set-cookie'])).toContain('HttpOnly')
    expect(answer.json()).toMatchObject({ status: 'complete' })
    expect(answer.json()).toHaveProperty('csrf_token')
    expect(answer.json()).not.toHaveProperty('access_token')
  })

  it('refuses the old password, also where the profile remembers none', async () => {
    const ada = await world.actors.user({ tenant: acme })
    await demandFor(ada.userId)
    const { challenge } = await step(ada)

    const same = await change(ada, challenge, ada.identity.password)

    expectProblem(same, 'password_reused', 422)
    expect(same.json<{ errors: unknown[] }>().errors).toMatchObject([{ pointer: '/new_password' }])
    expect((await change(ada, challenge)).statusCode).toBe(200)
  })

  it('refuses what a change refuses, and the challenge works on', async () => {
    const ada = await breachedUser()
    const { challenge } = await step(ada)

    expectProblem(await change(ada, challenge, 'short'), 'password_too_short', 422)
    expectProblem(await change(ada, challenge, ada.identity.password), 'password_breached', 422)
    expect((await change(ada, challenge)).statusCode).toBe(200)
  })

  it('takes one of 50 new passwords that come at once', async () => {
    const ada = await breachedUser()
    const { challenge } = await step(ada)

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => change(ada, challenge, `${NEW_PASSWORD}-${n}`)),
    )

    const accepted = answers.filter(({ statusCode }) => statusCode === 200)
    expect(accepted).toHaveLength(1)
    const codes = new Set(answers.map((answer) => answer.json<{ code?: string }>().code))
    expect(codes).toEqual(new Set([undefined, 'invalid_challenge_response']))
    // The one that existed before, which has ended, and the new one.
    expect(await countRows(world.database, acme, 'sessions')).toBe(2)
  })

  it('looks at ten passwords for one challenge', async () => {
    const ada = await breachedUser()
    const { challenge } = await step(ada)

    for (let n = 0; n < 10; n++) {
      expectProblem(await change(ada, challenge, `short${n}`), 'password_too_short', 422)
    }

    expectProblem(await change(ada, challenge), 'invalid_challenge_response', 401)
  })

  it('refuses an unknown, expired, used and foreign challenge alike', async () => {
    const ada = await breachedUser()
    const { challenge } = await step(ada)
    const elsewhere = world.actors.nobody(await world.tenant())
    breached.clear()
    const mfa = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
    breached.add(ada.identity.password)
    const refused = [
      await change(ada, 'A'.repeat(43)),
      await change(elsewhere, challenge),
      await ada.request({
        method: 'POST',
        url: '/api/auth/mfa/verify',
        payload: { challenge, method: 'totp', code: '123456' },
      }),
      await change(ada, (await step(mfa.actor)).challenge),
    ]
    world.clock.advance(minutes(15))
    refused.push(await change(ada, challenge))

    for (const answer of refused) expectProblem(answer, 'invalid_challenge_response', 401)
    expect((await change(ada, (await step(ada)).challenge)).statusCode).toBe(200)
  })

  it('is void when the password was replaced or the user suspended meanwhile', async () => {
    const [ada, ben] = [await breachedUser(), await breachedUser()]
    const [first, second] = [await step(ada), await step(ben)]
    await world.app.identity.suspendUser(world.internalContext(acme), ben.userId)
    await world.database.tenantBatch(acme.id, [
      sql`UPDATE passwords SET password_hash = password_hash || ' '
           WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(ada.userId)}`,
    ])

    expectProblem(await change(ada, first.challenge), 'invalid_challenge_response', 401)
    expectProblem(await change(ben, second.challenge), 'invalid_challenge_response', 401)
  })

  it('comes after every factor, and keeps what they proved', async () => {
    const ada = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
    breached.add(ada.actor.identity.password)
    const first = await ada.challenge()

    expectProblem(await change(ada.actor, first.challenge), 'invalid_challenge_response', 401)
    const second = (await ada.answer(first.challenge, ada.app.code())).json<Step>()
    const answer = await change(ada.actor, second.challenge)

    expect(second).toMatchObject({ status: 'password_change_required', reason: 'breach' })
    const claims = decodeClaims(answer.json<{ access_token: string }>().access_token)
    expect(claims).toMatchObject({ acr: 'urn:countersign:acr:mfa', amr: ['pwd', 'otp', 'mfa'] })
  })

  it('is void when the factor that was proven is gone', async () => {
    const ada = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
    breached.add(ada.actor.identity.password)
    const { challenge } = await ada.challenge()
    const second = (await ada.answer(challenge, ada.app.code())).json<Step>()
    await world.database.tenantBatch(acme.id, [
      sql`DELETE FROM authentication_factors
           WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(ada.actor.userId)}`,
    ])

    expectProblem(await change(ada.actor, second.challenge), 'invalid_challenge_response', 401)
  })

  it('for its age follows the profile, and only where the password is alone', async () => {
    acme = await world.tenant(undefined, { password_profile: 'pci-dss' })
    const ada = await world.actors.user({ tenant: acme })
    const ben = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)

    world.clock.advance(days(89))
    expect((await step(ada)).status).toBe('complete')
    world.clock.advance(days(1))

    expect(await step(ada)).toMatchObject({ status: 'password_change_required', reason: 'expired' })
    const { challenge } = await ben.challenge()
    expect((await ben.answer(challenge, ben.app.code())).json<Step>().status).toBe('complete')
  })

  it('is not asked of a wrong password, a suspended user, or while the list is away', async () => {
    const ada = await breachedUser()
    const wrong = await ada.login({ password: 'not-the-password-17' })
    isListDown = true
    const { result, actions } = await auditedDuring(world, acme, () => step(ada))
    isListDown = false
    await world.app.identity.suspendUser(world.internalContext(acme), ada.userId)
    const suspended = await auditedDuring(world, acme, () => ada.login())

    expectProblem(wrong, 'invalid_credentials', 401)
    expect(result.status).toBe('complete')
    expect(actions[0]).toBe('user.breach_check_unavailable')
    expectProblem(suspended.result, 'invalid_credentials', 401)
    expect(suspended.actions).toEqual(['sign_in.refused'])
  })

  it('is ended by a reset', async () => {
    const ada = await breachedUser()
    await step(ada)
    await world.app.identity.forgotPassword(world.internalContext(acme), ada.identity.email)
    const token = await resetTokenOf(ada)
    await ada.call('POST', '/api/auth/password/reset', { token, password: NEW_PASSWORD })
    ada.identity.password = NEW_PASSWORD

    expect((await step(ada)).status).toBe('complete')
  })

  it('comes from an administrator who sets a first password, and not from a hash', async () => {
    const admin = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
    const email = 'ben@example.test'
    const password = 'plum-orbit-lantern-42'
    await admin.call('POST', '/api/admin/users', { email, password })
    const token = await tokenFromMail(world, email)
    await admin.call('POST', '/api/auth/verify-email', { token })

    const answer = await world.actors
      .nobody(acme)
      .call('POST', '/api/auth/login', { email, password })

    expect(answer.json()).toMatchObject({
      status: 'password_change_required',
      reason: 'administrator',
    })
  })

  it('comes from an administrator who has a password reset, who learns none', async () => {
    const admin = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
    const ada = await world.actors.signedIn({ tenant: acme })
    const path = `/api/admin/users/${ada.userId}/password-reset`

    const { result, actions } = await auditedDuring(world, acme, () => admin.call('POST', path))

    expect([result.statusCode, result.json()]).toEqual([202, { status: 'accepted' }])
    expect(actions).toEqual(expect.arrayContaining(['user.password_reset_demanded']))
    expect((await ada.call('GET', '/api/auth/me')).statusCode).toBe(401)
    expect(await step(ada)).toMatchObject({ reason: 'administrator' })
    const token = await resetTokenOf(ada)
    const reset = { token, password: NEW_PASSWORD }
    expect((await ada.call('POST', '/api/auth/password/reset', reset)).statusCode).toBe(204)
    ada.identity.password = NEW_PASSWORD
    expect((await step(ada)).status).toBe('complete')
  })

  it('is not for administrators of others, nor for the own account', async () => {
    const admin = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
    const stranger = await world.actors.signedIn({ tenant: await world.tenant() })
    const ada = await world.actors.user({ tenant: acme })
    const reset = (actor: Actor, id: string) =>
      actor.call('POST', `/api/admin/users/${id}/password-reset`)

    expectProblem(await reset(admin, stranger.userId), 'user_not_found', 404)
    expectProblem(await reset(admin, admin.userId), 'own_account', 409)
    expectProblem(await reset(stranger, ada.userId), 'permission_denied', 403)
    expect((await step(ada)).status).toBe('complete')
  })

  const resetTokenOf = (actor: Actor) => tokenFromMail(world, actor.identity.email)
})
