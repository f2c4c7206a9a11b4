import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { days, minutes } from '../../src/kernel/index.ts'
import { sql } from '../../src/platform/db/index.ts'
import type { Actor } from '../support/actors.ts'
import { AuthenticatorApp } from '../support/authenticator-app.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { countRows } from '../support/describe-store.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { MfaActor } from '../support/mfa-actor.ts'
import { skipWithoutChromium } from './chromium.ts'
import {
  claimsOf,
  completeRegistration,
  openPasskeyWorld,
  optionsOf,
  type PasskeyWorld,
  signInByPasskey,
} from './open-passkey-world.ts'
import type { CredentialJson } from './passkey-browser.ts'

const OPTIONS = '/api/auth/mfa/enrollment/webauthn'
const VERIFY = '/api/auth/mfa/enrollment/webauthn/verify'

describe.skipIf(skipWithoutChromium())('a passkey that a sign-in demands', () => {
  let world: PasskeyWorld
  let strict: Tenant

  beforeAll(async () => {
    world = await openPasskeyWorld()
  })
  afterAll(() => world.close())

  beforeEach(async () => {
    strict = await world.tenant(undefined, { mfa_policy: 'phishing_resistant' })
    await world.browser.useAuthenticator()
  })

  const challengeOf = async (actor: Actor) =>
    (await actor.login()).json<{ challenge: string }>().challenge
  const begin = (actor: Actor, challenge: string) => actor.call('POST', OPTIONS, { challenge })
  const complete = (actor: Actor, challenge: string, response: CredentialJson) =>
    actor.call('POST', VERIFY, { challenge, response })
  const created = async (actor: Actor, challenge: string) =>
    world.browser.create(optionsOf(await begin(actor, challenge)))

  it('completes the sign-in, with backup codes, and is asked for at the next one', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const login = await ana.login()
    const { challenge } = login.json<{ challenge: string }>()
    const credential = await created(ana, challenge)

    const { result, actions } = await auditedDuring(world, strict, () =>
      complete(ana, challenge, credential),
    )

    expect(login.json()).toMatchObject({
      status: 'mfa_enrollment_required',
      methods: ['webauthn'],
    })
    expect(result.json()).toMatchObject({ status: 'complete', token_type: 'Bearer' })
    expect(result.json().backup_codes).toHaveLength(10)
    expect(claimsOf(result.json().access_token)).toMatchObject({
      acr: 'urn:countersign:acr:passkey',
      amr: ['pwd', 'hwk', 'user', 'mfa'],
    })
    expect(actions.slice(0, 4)).toEqual([
      'webauthn.registered',
      'backup_codes.made',
      'device.added',
      'session.started',
    ])
    expect((await ana.login()).json()).toMatchObject({
      status: 'mfa_required',
      methods: ['webauthn'],
    })
  })

  it('may be a security key, which counts beside the password', async () => {
    await world.browser.useAuthenticator({ hasUserVerification: false, hasResidentKey: false })
    const ana = await world.actors.user({ tenant: strict })
    const challenge = await challengeOf(ana)

    const answer = await complete(ana, challenge, await created(ana, challenge))

    expect(claimsOf(answer.json().access_token)).toMatchObject({ acr: 'urn:countersign:acr:mfa' })
  })

  it('comes beside an app only after a code of it', async () => {
    const plain = await world.tenant()
    const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant: plain }), world.clock)
    await tighten(plain)
    const login = await ana.actor.login()
    const first = login.json<{ challenge: string }>().challenge

    expectProblem(await begin(ana.actor, first), 'invalid_challenge_response', 401)
    const proven = await ana.answer(first, ana.app.code())
    const { status, methods, challenge } = proven.json()
    const answer = await complete(ana.actor, challenge, await created(ana.actor, challenge))

    expect(login.json().status).toBe('mfa_required')
    expect([status, methods]).toEqual(['mfa_enrollment_required', ['webauthn']])
    expect(claimsOf(answer.json().access_token)).toMatchObject({
      amr: ['pwd', 'otp', 'hwk', 'user', 'mfa'],
    })
    ana.nextCode()
    const again = await challengeOf(ana.actor)
    expectProblem(await ana.answer(again, ana.app.code()), 'invalid_challenge_response', 401)
  })

  it('can not be replaced by an app', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const challenge = await challengeOf(ana)
    const totp = '/api/auth/mfa/enrollment/totp'
    const { id, secret } = (await ana.call('POST', totp, { challenge })).json()
    const code = new AuthenticatorApp(secret, world.clock).code()

    const answer = await ana.call('POST', `${totp}/confirm`, { challenge, id, code })

    expectProblem(answer, 'invalid_challenge_response', 401)
    expect(await countRows(world.database, strict, 'sessions')).toBe(0)
  })

  it('is registered once when 50 requests send it', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const challenge = await challengeOf(ana)
    const credential = await created(ana, challenge)

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => complete(ana, challenge, credential)),
    )

    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
    expect(await countRows(world.database, strict, 'sessions')).toBe(1)
    expect(await countRows(world.database, strict, 'webauthn_credentials')).toBe(1)
  })

  it('belongs to the challenge that it was made for', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const [first, second] = [await challengeOf(ana), await challengeOf(ana)]
    const credential = await created(ana, first)

    expectProblem(await complete(ana, second, credential), 'invalid_challenge_response', 401)
    expect(await countRows(world.database, strict, 'webauthn_credentials')).toBe(0)
  })

  it('is refused once the user has one: a challenge from before adds none', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const [owner, thief] = [await challengeOf(ana), await challengeOf(ana)]
    const early = await created(ana, thief)
    await world.browser.useAuthenticator()
    await complete(ana, owner, await created(ana, owner))

    const { result, events } = await auditedDuring(world, strict, () => complete(ana, thief, early))

    expectProblem(result, 'invalid_challenge_response', 401)
    expect(events).toMatchObject([{ details: { reason: 'has_factor_already' } }])
    expectProblem(await begin(ana, thief), 'invalid_challenge_response', 401)
  })

  it('is refused after a suspension, an expiry, and in another tenant', async () => {
    const [ana, ben] = [
      await world.actors.user({ tenant: strict }),
      await world.actors.user({ tenant: strict }),
    ]
    const challenge = await challengeOf(ana)
    const credential = await created(ana, challenge)
    const elsewhere = world.actors.nobody(await world.tenant())

    expectProblem(await begin(elsewhere, challenge), 'invalid_challenge_response', 401)
    await world.app.identity.suspendUser(world.internalContext(strict), ana.userId)
    expectProblem(await complete(ana, challenge, credential), 'invalid_challenge_response', 401)
    const late = await challengeOf(ben)
    world.clock.advance(minutes(15))
    expectProblem(await begin(ben, late), 'invalid_challenge_response', 401)
    expect(await countRows(world.database, strict, 'webauthn_credentials')).toBe(0)
  })

  it('is refused when the password that was proven is another one by now', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const challenge = await challengeOf(ana)
    const credential = await created(ana, challenge)
    await world.database.tenantBatch(strict.id, [
      sql`UPDATE passwords SET password_hash = password_hash || 'x'
           WHERE tenant_id = current_tenant_id()`,
    ])

    expectProblem(await complete(ana, challenge, credential), 'invalid_challenge_response', 401)
    expect(await countRows(world.database, strict, 'webauthn_credentials')).toBe(0)
    expect(await countRows(world.database, strict, 'sessions')).toBe(0)
  })

  it('takes five answers at most', async () => {
    const ana = await world.actors.user({ tenant: strict })
    const challenge = await challengeOf(ana)
    const credential = await created(ana, challenge)
    const other = await created(ana, challenge)
    const wrong = { ...other, id: 'AAAA', rawId: 'AAAA' }
    for (let count = 0; count < 5; count++) await complete(ana, challenge, wrong)

    expectProblem(await complete(ana, challenge, credential), 'invalid_challenge_response', 401)
  })

  it('waits for the grace after the creation of the user', async () => {
    const patient = await world.tenant(undefined, {
      mfa_policy: 'phishing_resistant',
      mfa_grace_days: 7,
    })
    const ana = await world.actors.user({ tenant: patient })

    const within = await ana.login()
    world.clock.advance(days(7))

    expect(within.json()).toMatchObject({ status: 'complete' })
    expect((await ana.login()).json()).toMatchObject({ methods: ['webauthn'] })
  })

  it('can not be removed as the last one, though codes are left', async () => {
    const plain = await world.tenant()
    const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant: plain }), world.clock)
    const options = await ana.actor.call('POST', '/api/auth/webauthn/register/options', {
      current_password: ana.actor.identity.password,
      code: ana.app.code(),
    })
    const registered = await completeRegistration(
      ana.actor,
      await world.browser.create(optionsOf(options)),
    )
    const { id } = registered.json<{ credential: { id: string } }>().credential
    await signInByPasskey(world, ana.actor)
    await tighten(plain)
    ana.nextCode()

    const answer = await ana.actor.call('DELETE', `/api/auth/webauthn/credentials/${id}`, {
      current_password: ana.actor.identity.password,
      code: ana.app.code(),
    })

    expectProblem(answer, 'factor_required', 409)
  })

  async function tighten(tenant: Tenant): Promise<void> {
    const system = await world.app.tenants.findBySlug('system')
    if (system === undefined) throw new Error('the system tenant is missing')
    const settings = { mfa_policy: 'phishing_resistant' } as const
    await world.app.tenants.update(world.internalContext(system), tenant.id, { settings })
    world.clock.advance(minutes(1))
  }
})
