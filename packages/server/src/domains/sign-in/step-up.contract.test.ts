import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Actor } from '../../../test/support/actors.ts'
import { auditedDuring } from '../../../test/support/audit-trail.ts'
import { decodeClaims } from '../../../test/support/decode-claims.ts'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem } from '../../../test/support/expect-problem.ts'
import { MfaActor } from '../../../test/support/mfa-actor.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { ACR, minutes, newId, toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import type { Tenant } from '../tenants/index.ts'

describeStore('a step-up', (open) => {
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

  const start = (actor: Actor, acr?: string) =>
    actor.call('POST', '/api/auth/step-up', acr === undefined ? {} : { acr })
  const startedId = async (actor: Actor) => (await start(actor)).json<{ id: string }>().id
  const verify = (actor: Actor, id: string, body: Record<string, unknown>) =>
    actor.call('POST', `/api/auth/step-up/${id}/verify`, body)
  /** Needs a factor proven within five minutes; RFC 9470 tells how. */
  const guarded = (actor: Actor) =>
    actor.call('POST', '/api/auth/mfa/backup-codes', {
      current_password: actor.identity.password,
    })
  /** Signed in by password before the app was enrolled: the session is weak. */
  const withApp = async () =>
    MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)

  it('RFC 9396 §9.1: binds the token that it ends with to one transaction, and no later one', async () => {
    const ana = await withApp()
    const digest = Buffer.alloc(32, 7).toString('base64url')
    const begun = await ana.actor.call('POST', '/api/auth/step-up', { transaction_digest: digest })
    const { id } = begun.json<{ id: string }>()
    const proven = await verify(ana.actor, id, { method: 'totp', code: ana.app.code() })
    const bound = proven.json<{ access_token: string }>().access_token
    const refreshed = (await ana.actor.refresh()).json<{ access_token: string }>()

    expect(decodeClaims(bound)['authorization_details']).toEqual([
      { type: 'urn:countersign:transaction', digest },
    ])
    expect(decodeClaims(refreshed.access_token)).not.toHaveProperty('authorization_details')
  })

  it.each([
    ['31 bytes', Buffer.alloc(31).toString('base64url')],
    ['33 bytes', Buffer.alloc(33).toString('base64url')],
    ['another spelling of the same bytes', `${'A'.repeat(42)}B`],
  ])('refuses a digest of %s', async (_, transaction_digest) => {
    const actor = await world.actors.signedIn({ tenant: acme })

    const refused = await actor.call('POST', '/api/auth/step-up', { transaction_digest })

    expectProblem(refused, 'invalid_request', 400)
  })

  it('is asked for by RFC 9470, and then lets the request through', async () => {
    const ana = await withApp()

    const refused = await guarded(ana.actor)
    const started = await start(ana.actor, ACR.mfa)
    const { id } = started.json<{ id: string }>()
    const { result, actions } = await auditedDuring(world, acme, () =>
      verify(ana.actor, id, { method: 'totp', code: ana.app.code() }),
    )
    ana.actor.accessToken = result.json<{ access_token: string }>().access_token

    expectProblem(refused, 'insufficient_user_authentication', 401)
    expect(refused.headers['www-authenticate']).toBe(
      `Bearer error="insufficient_user_authentication", acr_values="${ACR.mfa}", max_age="300"`,
    )
    expect(started.json()).toEqual({ id, methods: ['totp', 'backup_code'], expires_in: 300 })
    expect(decodeClaims(ana.actor.accessToken)).toMatchObject({
      acr: ACR.mfa,
      amr: ['pwd', 'otp', 'mfa'],
      auth_time: Math.floor(world.clock.now().getTime() / 1000),
    })
    expect(actions).toEqual(['step_up.completed'])
    expect((await guarded(ana.actor)).statusCode).toBe(201)
    world.clock.advance(minutes(6))
    expectProblem(await guarded(ana.actor), 'insufficient_user_authentication', 401)
  })

  it('does not strengthen access tokens from before it', async () => {
    const ana = await withApp()
    const stolen = ana.actor.accessToken
    const id = await startedId(ana.actor)
    await verify(ana.actor, id, { method: 'totp', code: ana.app.code() })

    ana.actor.accessToken = stolen

    expectProblem(await guarded(ana.actor), 'insufficient_user_authentication', 401)
  })

  it('is carried on by refreshing', async () => {
    const ana = await withApp()
    const id = await startedId(ana.actor)
    await verify(ana.actor, id, { method: 'totp', code: ana.app.code() })

    const { access_token: token } = (await ana.actor.refresh()).json<{ access_token: string }>()

    expect(decodeClaims(token)).toMatchObject({ acr: ACR.mfa, amr: ['pwd', 'otp', 'mfa'] })
  })

  it('replaces the cookie of a browser session; the old one is worth nothing', async () => {
    const ana = await withApp()
    const { challenge } = await ana.challenge({ transport: 'cookie' })
    const signedIn = await ana.answer(challenge, ana.app.code())
    ana.actor.accessToken = undefined
    ana.actor.cookie = cookieOf(signedIn.headers['set-cookie'])
    ana.actor.csrfToken = signedIn.json<{ csrf_token: string }>().csrf_token
    ana.nextCode()
    const before = ana.actor.cookie

    const id = await startedId(ana.actor)
    const answer = await verify(ana.actor, id, { method: 'totp', code: ana.app.code() })

    expectProblem(await ana.actor.call('GET', '/api/auth/me'), 'authentication_required', 401)
    ana.actor.cookie = cookieOf(answer.headers['set-cookie'])
    ana.actor.csrfToken = answer.json<{ csrf_token: string }>().csrf_token
    expect(ana.actor.cookie).not.toBe(before)
    expect((await guarded(ana.actor)).statusCode).toBe(201)
  })

  it('asks for a passkey where one is wanted, and takes nothing weaker', async () => {
    const ana = await withApp()
    await world.database.tenantBatch(acme.id, [
      sql`
      INSERT INTO webauthn_credentials
             (tenant_id, id, user_id, credential_id, public_key, sign_count, is_backup_eligible,
              is_backed_up, transports, aaguid, attestation_format, name, created_at)
      VALUES (current_tenant_id(), ${toUuid(newId('wac'))}, ${toUuid(ana.actor.userId)},
              ${randomBytes(16)}, ${randomBytes(77)}, 0, false, false, '{}',
              '00000000-0000-0000-0000-000000000000', 'none', 'Key', ${world.clock.now()})`,
    ])

    const started = await start(ana.actor, ACR.passkey)
    const { id, methods } = started.json<{ id: string; methods: string[] }>()
    const weaker = await verify(ana.actor, id, { method: 'totp', code: ana.app.code() })

    expect(methods).toEqual(['webauthn'])
    expectProblem(weaker, 'step_up_refused', 403)
    // The code was not used up by it.
    const other = await verify(ana.actor, await startedId(ana.actor), {
      method: 'totp',
      code: ana.app.code(),
    })
    expect(other.statusCode).toBe(200)
  })

  it('is never downgraded because the user has no stronger factor', async () => {
    const ben = await world.actors.signedIn({ tenant: acme })

    const { result, actions } = await auditedDuring(world, acme, () => start(ben, ACR.mfa))

    expectProblem(result, 'step_up_unavailable', 403)
    expect(actions).toEqual(['step_up.refused'])
  })

  it('is not let through with the password where the user has a factor', async () => {
    const ana = await withApp()
    const started = await start(ana.actor, ACR.password)
    const { id, methods } = started.json<{ id: string; methods: string[] }>()

    const answer = await verify(ana.actor, id, {
      method: 'password',
      password: ana.actor.identity.password,
    })

    expect(methods).toEqual(['totp', 'backup_code'])
    expectProblem(answer, 'step_up_refused', 403)
  })

  it('by password renews the authentication of a user without a factor', async () => {
    const ben = await world.actors.signedIn({ tenant: acme })
    world.clock.advance(minutes(5))
    const id = await startedId(ben)

    const wrong = await verify(ben, id, { method: 'password', password: 'not-the-password' })
    const right = await verify(ben, id, { method: 'password', password: ben.identity.password })

    expectProblem(wrong, 'current_password_wrong', 403)
    expect(decodeClaims(right.json<{ access_token: string }>().access_token)).toMatchObject({
      acr: ACR.password,
      amr: ['pwd'],
      auth_time: Math.floor(world.clock.now().getTime() / 1000),
    })
  })

  it('is completed once when 50 requests send one code', async () => {
    const ana = await withApp()
    const id = await startedId(ana.actor)
    const body = { method: 'totp', code: ana.app.code() }

    const answers = await Promise.all(Array.from({ length: 50 }, () => verify(ana.actor, id, body)))

    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
  })

  it('judges five answers at most, and counts wrong ones for the account', async () => {
    const ana = await withApp()
    const id = await startedId(ana.actor)
    const body = { method: 'totp', code: ana.app.wrongCode() }

    const answers = await Promise.all(Array.from({ length: 50 }, () => verify(ana.actor, id, body)))
    const login = await ana.actor.login()

    const codes = answers.map((answer) => answer.json<{ code: string }>().code)
    expect(codes.filter((code) => code === 'step_up_refused')).toHaveLength(5)
    expect(codes.filter((code) => code === 'step_up_not_found')).toHaveLength(45)
    expectProblem(login, 'invalid_credentials', 401)
  })

  it('of another session, user or tenant does not exist, nor does an expired one', async () => {
    const [ana, ben] = [await withApp(), await withApp()]
    const id = await startedId(ana.actor)
    const body = { method: 'totp', code: ana.app.code() }

    expectProblem(await verify(ben.actor, id, body), 'step_up_not_found', 404)
    expectProblem(await verify(ana.actor, newId('stp'), body), 'step_up_not_found', 404)
    await ana.signIn()
    const fresh = { method: 'totp', code: ana.app.code() }
    expectProblem(await verify(ana.actor, id, fresh), 'step_up_not_found', 404)
    const own = await startedId(ana.actor)
    world.clock.advance(minutes(5))
    expectProblem(
      await verify(ana.actor, own, { method: 'totp', code: ana.app.code() }),
      'step_up_not_found',
      404,
    )
  })

  it.each([
    { method: 'totp' },
    { method: 'totp', code: '12345' },
    { method: 'totp', code: '' },
    { method: 'totp', password: 'x' },
    { method: 'password', code: '123456' },
    { method: 'password', password: 'x', code: '123456' },
    { method: 'push', code: '123456' },
    { method: 'sms', code: '12345' },
  ])('takes %j for malformed', async (body) => {
    const ben = await world.actors.signedIn({ tenant: acme })

    expectProblem(await verify(ben, await startedId(ben), body), 'invalid_request', 400)
  })

  it('is forgotten by the clean-up when it has expired', async () => {
    const ben = await world.actors.signedIn({ tenant: acme })
    await startedId(ben)
    world.clock.advance(minutes(6))

    await world.app.signIn.purge(world.internalContext(acme))

    expect(await countRows(world.database, acme, 'step_ups')).toBe(0)
  })
})

function cookieOf(header: unknown): string {
  const text = String(header)
  return text.slice(0, text.indexOf(';'))
}
