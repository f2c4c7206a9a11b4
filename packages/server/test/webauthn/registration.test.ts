import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { skipWithoutChromium } from './chromium.ts'
import {
  beginRegistration,
  completeRegistration,
  openPasskeyWorld,
  optionsOf,
  type PasskeyWorld,
  registerPasskey,
  signInByPasskey,
} from './open-passkey-world.ts'
const CREDENTIALS = '/api/auth/webauthn/credentials'

describe.skipIf(skipWithoutChromium())('registering a passkey with a real browser', () => {
  let world: PasskeyWorld
  let acme: Tenant

  beforeAll(async () => {
    world = await openPasskeyWorld()
    acme = await world.tenant()
  })

  afterAll(() => world.close())

  beforeEach(async () => {
    await world.goHome()
    await world.browser.useAuthenticator()
  })

  const signedIn = (tenant = acme) => world.actors.signedIn({ tenant })

  it('makes a credential that is listed, with backup codes for the first factor', async () => {
    const ana = await signedIn()
    const options = optionsOf(await beginRegistration(ana))
    const created = await world.browser.create(options)

    const { result, actions } = await auditedDuring(world, acme, () =>
      completeRegistration(ana, created, 'Laptop'),
    )

    expect(result.statusCode).toBe(201)
    expect(result.json().backup_codes).toHaveLength(10)
    expect(actions).toEqual(['webauthn.registered', 'backup_codes.made'])
    const { credentials } = (await ana.call('GET', CREDENTIALS)).json()
    expect(credentials).toMatchObject([
      { name: 'Laptop', backup_eligible: false, clone_suspected: false, last_used_at: null },
    ])
    expect(credentials[0].transports).toEqual(['internal'])
  })

  it('asks for nothing that tells who the user is, and for the policy of the tenant', async () => {
    const ana = await signedIn()

    const first = optionsOf(await beginRegistration(ana))
    const second = optionsOf(await beginRegistration(ana))

    expect(first).toMatchObject({
      rp: { id: 'localhost', name: acme.slug },
      attestation: 'none',
      excludeCredentials: [],
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    })
    const user = first['user'] as { id: string }
    expect(Buffer.from(user.id, 'base64url')).toHaveLength(32)
    expect(Buffer.from(user.id, 'base64url').toString()).not.toContain(ana.userId.slice(4))
    expect((second['user'] as { id: string }).id).toBe(user.id)
    expect(second['challenge']).not.toBe(first['challenge'])
  })

  it('lets an authenticator register once only', async () => {
    const ana = await signedIn()
    await registerPasskey(world, ana)
    await signInByPasskey(world, ana)
    const options = optionsOf(await beginRegistration(ana))

    expect(options['excludeCredentials']).toHaveLength(1)
    await expect(world.browser.create(options)).rejects.toThrow('InvalidStateError')
  })

  it('needs the right password', async () => {
    const ana = await signedIn()

    const answer = await beginRegistration(ana, { current_password: 'wrong-orbit-lantern-42' })

    expectProblem(answer, 'current_password_wrong', 403)
  })

  it('needs a factor of whoever has one already', async () => {
    const ana = await signedIn()
    const { backupCodes } = await registerPasskey(world, ana)

    const without = await beginRegistration(ana)
    const withCode = await beginRegistration(ana, { method: 'backup_code', code: backupCodes[0] })

    expectProblem(without, 'insufficient_user_authentication', 401)
    expect(withCode.statusCode).toBe(201)
  })
})
