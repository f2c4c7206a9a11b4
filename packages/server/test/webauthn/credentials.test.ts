import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { insertCredential } from '../../src/domains/factors/webauthn/credential-store.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { minutes, newId, type UserId } from '../../src/kernel/index.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem, observable } from '../support/expect-problem.ts'
import { skipWithoutChromium } from './chromium.ts'
import {
  beginRegistration,
  completeRegistration,
  openPasskeyWorld,
  optionsOf,
  PASSWORD,
  type PasskeyWorld,
  registerPasskey,
  signInByPasskey,
} from './open-passkey-world.ts'

const CREDENTIALS = '/api/auth/webauthn/credentials'

describe.skipIf(skipWithoutChromium())('the own passkeys', () => {
  let world: PasskeyWorld
  let acme: Tenant

  beforeAll(async () => {
    world = await openPasskeyWorld()
    acme = await world.tenant()
  })

  afterAll(() => world.close())

  beforeEach(() => world.browser.useAuthenticator())

  async function userWithPasskey(tenant = acme) {
    const ana = await world.actors.signedIn({ tenant })
    const { id, backupCodes } = await registerPasskey(world, ana)
    const proof = { current_password: PASSWORD, method: 'backup_code', code: backupCodes[0] }
    return { ana, id, path: `${CREDENTIALS}/${id}`, proof, backupCodes }
  }

  it('are shown one by one, as the list shows them', async () => {
    const { ana, id, path } = await userWithPasskey()
    await insertBareCredentials(ana.userId, 1)

    const { result, events } = await auditedDuring(world, acme, () => ana.call('GET', path))

    const { credentials } = (await ana.call('GET', CREDENTIALS)).json()
    expect(result.statusCode).toBe(200)
    expect(credentials).toHaveLength(2)
    expect(result.json()).toEqual(credentials.find((one: { id: string }) => one.id === id))
    expect(events).toEqual([])
  })

  it('get another name', async () => {
    const { ana, id, path } = await userWithPasskey()

    const { result, actions } = await auditedDuring(world, acme, () =>
      ana.call('PATCH', path, { name: 'Blue key' }),
    )

    expect(result.json()).toMatchObject({ id, name: 'Blue key' })
    expect(actions).toEqual(['webauthn.renamed'])
  })

  it.each(['', '  ', 'x'.repeat(65), 'a\u202eb', 'a\nb'])('never the name %j', async (name) => {
    const { ana, path } = await userWithPasskey()

    expectProblem(await ana.call('PATCH', path, { name }), 'invalid_request', 400)
  })

  it('are removed with password and factor, which ends all other sessions', async () => {
    const { ana, path, proof } = await userWithPasskey()
    const other = world.actors.nobody(acme)
    await signInByPasskey(world, other)

    const { result, actions } = await auditedDuring(world, acme, () =>
      ana.call('DELETE', path, proof),
    )

    expect(result.statusCode).toBe(204)
    expect(actions).toEqual(expect.arrayContaining(['webauthn.removed', 'session.several_ended']))
    expect((await other.call('GET', '/api/auth/me')).statusCode).toBe(401)
    expect((await ana.call('GET', CREDENTIALS)).json()).toEqual({ credentials: [] })
    // The last factor takes the backup codes with it.
    expect((await ana.call('GET', '/api/auth/mfa')).json()).toMatchObject({ backup_codes_left: 0 })
    expect((await ana.login()).json()).toMatchObject({ status: 'complete' })
  })

  it('are removed by a session that proved one a moment ago', async () => {
    const { ana, path } = await userWithPasskey()
    await signInByPasskey(world, ana)
    world.clock.advance(minutes(5))

    const answer = await ana.call('DELETE', path, { current_password: PASSWORD })

    expect(answer.statusCode).toBe(204)
  })

  it('stay where the session proved one longer ago, or none', async () => {
    const { ana, path } = await userWithPasskey()
    const body = { current_password: PASSWORD }

    expectProblem(await ana.call('DELETE', path, body), 'insufficient_user_authentication', 401)
    await signInByPasskey(world, ana)
    world.clock.advance({ milliseconds: 300_001 })
    expectProblem(await ana.call('DELETE', path, body), 'insufficient_user_authentication', 401)
  })

  it('stay with a wrong password or code', async () => {
    const { ana, path, proof } = await userWithPasskey()

    const password = await ana.call('DELETE', path, { ...proof, current_password: 'wrong' })
    const code = await ana.call('DELETE', path, { ...proof, code: '4h7k-m2qx-9tzb' })

    expectProblem(password, 'current_password_wrong', 403)
    expectProblem(code, 'factor_code_wrong', 403)
    expect((await ana.call('GET', CREDENTIALS)).json().credentials).toHaveLength(1)
  })

  it('stay where the tenant demands a factor and this is the last', async () => {
    const strict = await world.tenant(undefined, { mfa_policy: 'required', mfa_grace_days: 30 })
    const { ana, path, proof } = await userWithPasskey(strict)

    expectProblem(await ana.call('DELETE', path, proof), 'factor_required', 409)
    expect((await ana.call('GET', CREDENTIALS)).json().credentials).toHaveLength(1)
  })

  it('of others do not exist, for any verb', async () => {
    const { ana, proof } = await userWithPasskey()
    await world.browser.useAuthenticator()
    const { path: ofBen } = await userWithPasskey()
    await world.browser.useAuthenticator()
    const { path: elsewhere } = await userWithPasskey(await world.tenant())
    const nobodys = `${CREDENTIALS}/${newId('wac')}`

    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { name: 'Mine' }],
      ['DELETE', proof],
    ] as const) {
      const [missing, foreign, far] = [
        await ana.call(method, nobodys, body),
        await ana.call(method, ofBen, body),
        await ana.call(method, elsewhere, body),
      ]
      expectProblem(missing, 'webauthn_credential_not_found', 404)
      expect(observable(foreign)).toEqual(observable(missing))
      expect(observable(far)).toEqual(observable(missing))
    }
  })

  it('are twenty at most, also where two registrations were begun before', async () => {
    const { ana } = await userWithPasskey()
    await insertBareCredentials(ana.userId, 18)
    await signInByPasskey(world, ana)
    const begun = await beginRegistration(ana)
    await world.browser.useAuthenticator()
    const created = await world.browser.create(optionsOf(begun))
    await insertBareCredentials(ana.userId, 1)

    expectProblem(await completeRegistration(ana, created), 'factor_limit_reached', 409)
    expectProblem(await beginRegistration(ana), 'factor_limit_reached', 409)
  })

  function insertBareCredentials(userId: UserId, count: number): Promise<void> {
    return world.database.withTenant(acme.id, async (tx) => {
      for (let i = 0; i < count; i++) await insertCredential(tx, bareCredential(userId))
    })
  }
})

function bareCredential(userId: UserId) {
  return {
    id: newId('wac'),
    userId,
    credentialId: Buffer.from(newId('wac')).toString('base64url'),
    publicKey: Buffer.alloc(77),
    signCount: 0,
    isBackupEligible: false,
    isBackedUp: false,
    transports: [],
    aaguid: '00000000-0000-0000-0000-000000000000',
    attestationFormat: 'none',
    name: 'Passkey',
    createdAt: new Date(0),
  }
}
