import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { auditedDuring } from '../../../test/support/audit-trail.ts'
import { AuthenticatorApp } from '../../../test/support/authenticator-app.ts'
import type { Actor } from '../../../test/support/actors.ts'
import { decodeClaims } from '../../../test/support/decode-claims.ts'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem } from '../../../test/support/expect-problem.ts'
import type { Challenge } from '../../../test/support/mfa-actor.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { days, minutes } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import type { Tenant } from '../tenants/index.ts'

const ENROLL = '/api/auth/mfa/enrollment/totp'
const CONFIRM = '/api/auth/mfa/enrollment/totp/confirm'

describeStore('an enrolment that a sign-in demands', (open) => {
  let world: World
  let strict: Tenant

  beforeAll(async () => {
    const { database, clock } = await open()
    world = await openWorld({ database: { ...database, close: async () => undefined }, clock })
  })
  beforeEach(async () => {
    strict = await world.tenant(undefined, { mfa_policy: 'required' })
  })
  afterAll(() => world.close())

  const challengeOf = async (actor: Actor) => (await actor.login()).json<Challenge>().challenge
  const enroll = async (actor: Actor, challenge: string) => {
    const answer = await actor.call('POST', ENROLL, { challenge })
    const { id, secret } = answer.json<{ id: string; secret: string }>()
    return { id, app: new AuthenticatorApp(secret, world.clock) }
  }

  it('completes the sign-in, with backup codes, in exchange for a factor', async () => {
    const ana = await world.actors.user({ tenant: strict })

    const asked = await ana.login()
    const { challenge } = asked.json<Challenge>()
    const { id, app } = await enroll(ana, challenge)
    const { result, actions } = await auditedDuring(world, strict, () =>
      ana.call('POST', CONFIRM, { challenge, id, code: app.code() }),
    )

    expect(asked.json()).toEqual({
      status: 'mfa_enrollment_required',
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      methods: ['webauthn', 'totp'],
      expires_in: 900,
    })
    expect(result.json()).toMatchObject({ status: 'complete', token_type: 'Bearer' })
    expect(result.json().backup_codes).toHaveLength(10)
    expect(decodeClaims(result.json().access_token)).toMatchObject({
      acr: 'urn:countersign:acr:mfa',
      amr: ['pwd', 'otp', 'mfa'],
    })
    expect(actions.slice(0, 4)).toEqual([
      'factor.confirmed',
      'backup_codes.made',
      'device.added',
      'session.started',
    ])
    expect((await ana.login()).json()).toMatchObject({ status: 'mfa_required' })
  })

  it('issues nothing, and its challenge permits nothing else', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const challenge = await challengeOf(ana)
    const { app } = await enroll(ana, challenge)

    const verify = { challenge, method: 'totp', code: app.code() }
    expectProblem(
      await ana.call('POST', '/api/auth/mfa/verify', verify),
      'invalid_challenge_response',
      401,
    )

    expect(await countRows(world.database, strict, 'sessions')).toBe(0)
    expect((await ana.login()).json()).toMatchObject({ status: 'mfa_enrollment_required' })
  })

  it('takes five wrong codes at most, and changes nothing with them', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const challenge = await challengeOf(ana)
    const { id, app } = await enroll(ana, challenge)

    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        ana.call('POST', CONFIRM, { challenge, id, code: app.wrongCode() }),
      ),
    )
    world.clock.advance(minutes(1))
    const late = await ana.call('POST', CONFIRM, { challenge, id, code: app.code() })

    for (const answer of [...answers, late]) {
      expectProblem(answer, 'invalid_challenge_response', 401)
    }
    expect(await countRows(world.database, strict, 'sessions')).toBe(0)
  })

  it('is completed once when 50 requests confirm it', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const challenge = await challengeOf(ana)
    const { id, app } = await enroll(ana, challenge)

    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        ana.call('POST', CONFIRM, { challenge, id, code: app.code() }),
      ),
    )

    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
    expect(await countRows(world.database, strict, 'sessions')).toBe(1)
    expect(await countRows(world.database, strict, 'backup_codes')).toBe(10)
  })

  it('confirms the factor of its own challenge only', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const [first, second] = [await challengeOf(ana), await challengeOf(ana)]
    const { id, app } = await enroll(ana, first)

    const answer = await ana.call('POST', CONFIRM, { challenge: second, id, code: app.code() })

    expectProblem(answer, 'invalid_challenge_response', 401)
  })

  it('is over once the user has a factor: a challenge from before adds none', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const [owner, thief] = [await challengeOf(ana), await challengeOf(ana)]
    const { id, app } = await enroll(ana, owner)
    await ana.call('POST', CONFIRM, { challenge: owner, id, code: app.code() })

    const { result, events } = await auditedDuring(world, strict, () =>
      ana.call('POST', ENROLL, { challenge: thief }),
    )

    expectProblem(result, 'invalid_challenge_response', 401)
    expect(events).toMatchObject([{ details: { reason: 'has_factor_already' } }])
  })

  it('is refused after a suspension, and leaves no factor', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const challenge = await challengeOf(ana)
    const { id, app } = await enroll(ana, challenge)
    await world.app.identity.suspendUser(world.internalContext(strict), ana.userId)

    const answer = await ana.call('POST', CONFIRM, { challenge, id, code: app.code() })

    expectProblem(answer, 'invalid_challenge_response', 401)
    expect(await countRows(world.database, strict, 'backup_codes')).toBe(0)
  })

  it('is refused when the password that was proven is another one by now', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const challenge = await challengeOf(ana)
    const { id, app } = await enroll(ana, challenge)
    await world.database.tenantBatch(strict.id, [
      sql`UPDATE passwords SET password_hash = password_hash || 'x'
           WHERE tenant_id = current_tenant_id()`,
    ])

    const answer = await ana.call('POST', CONFIRM, { challenge, id, code: app.code() })

    expectProblem(answer, 'invalid_challenge_response', 401)
    expect(await countRows(world.database, strict, 'backup_codes')).toBe(0)
    expect(await countRows(world.database, strict, 'sessions')).toBe(0)
  })

  it('expires, and is unknown in another tenant', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const challenge = await challengeOf(ana)
    const elsewhere = world.actors.nobody(await world.tenant())

    expectProblem(
      await elsewhere.call('POST', ENROLL, { challenge }),
      'invalid_challenge_response',
      401,
    )
    world.clock.advance(minutes(15))
    expectProblem(await ana.call('POST', ENROLL, { challenge }), 'invalid_challenge_response', 401)
  })

  it('waits for the grace after the creation of the user', async () => {
    const patient = await world.tenant(undefined, { mfa_policy: 'required', mfa_grace_days: 7 })
    const ana = await world.actors.user({ tenant: patient })

    const within = await ana.login()
    world.clock.advance(days(7))
    const after = await ana.login()

    expect(within.json()).toMatchObject({ status: 'complete' })
    expect(after.json()).toMatchObject({ status: 'mfa_enrollment_required' })
  })

  it('is demanded of the holders of a role that needs it', async () => {
    const tenant = await world.tenant(undefined, { mfa_required_roles: ['admin'] })
    const [dan, ana] = [
      await world.actors.user({ tenant, roles: ['admin'] }),
      await world.actors.user({ tenant }),
    ]

    expect((await dan.login()).json()).toMatchObject({ status: 'mfa_enrollment_required' })
    expect((await ana.login()).json()).toMatchObject({ status: 'complete' })
  })
})
