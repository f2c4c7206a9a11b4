import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { toUuid } from '../../src/kernel/index.ts'
import { sql } from '../../src/platform/db/index.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { skipWithoutChromium } from './chromium.ts'
import {
  beginPasskeySignIn,
  claimsOf,
  completePasskeySignIn,
  openPasskeyWorld,
  type PasskeyWorld,
  registerPasskey,
  signInByPasskey,
} from './open-passkey-world.ts'

describe.skipIf(skipWithoutChromium())('signing in with a passkey and no name', () => {
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
    await registerPasskey(world, ana)
    return ana
  }

  it('gives a session that says how strong it is', async () => {
    const ana = await userWithPasskey()
    const visitor = world.actors.nobody(acme)
    const begun = await beginPasskeySignIn(visitor)
    const response = await world.browser.get(begun.options)

    const { result, events } = await auditedDuring(world, acme, () =>
      completePasskeySignIn(visitor, begun, response),
    )

    const body = result.json()
    expect(body).toMatchObject({ status: 'complete', user: { id: ana.userId } })
    expect(claimsOf(body.access_token)).toMatchObject({
      sub: ana.userId,
      acr: 'urn:countersign:acr:passkey',
      amr: ['hwk', 'user', 'mfa'],
    })
    expect(events.filter(({ action }) => action !== 'device.added')).toMatchObject([
      { action: 'session.started', actor_id: toUuid(ana.userId), details: { method: 'passkey' } },
    ])
    visitor.accessToken = body.access_token
    const me = await visitor.call('GET', '/api/auth/me')
    expect(me.json().id).toBe(ana.userId)
  })

  it('says that a key which leaves its authenticator is one of software', async () => {
    await world.browser.useAuthenticator({ isBackupEligible: true })
    await userWithPasskey()
    const visitor = world.actors.nobody(acme)

    await signInByPasskey(world, visitor)

    expect(claimsOf(visitor.accessToken ?? '')).toMatchObject({ amr: ['swk', 'user', 'mfa'] })
    const { credentials } = (await visitor.call('GET', '/api/auth/webauthn/credentials')).json()
    expect(credentials).toMatchObject([{ name: 'Passkey', backup_eligible: true, backed_up: true }])
    expect(credentials[0].last_used_at).not.toBeNull()
  })

  it('sets the cookie of a browser session where asked to', async () => {
    await userWithPasskey()
    const visitor = world.actors.nobody(acme)
    const begun = await beginPasskeySignIn(visitor)
    const response = await world.browser.get(begun.options)

    const answer = await completePasskeySignIn(visitor, begun, response, 'cookie')

    expect(String(answer.headers['set-cookie'])).toMatch(/^__Host-cs_.*HttpOnly/)
    expect(answer.json()).toMatchObject({ status: 'complete', csrf_token: expect.any(String) })
    expect(answer.json()).not.toHaveProperty('access_token')
  })

  it('names no account in its options, and demands that the user is verified', async () => {
    await userWithPasskey()

    const { options } = await beginPasskeySignIn(world.actors.nobody(acme))

    expect(Object.keys(options).sort()).toEqual([
      'challenge',
      'rpId',
      'timeout',
      'userVerification',
    ])
    expect(options).toMatchObject({ rpId: 'localhost', userVerification: 'required' })
  })

  it('is all that a tenant asks for which demands a second factor', async () => {
    const strict = await world.tenant(undefined, { mfa_policy: 'required', mfa_grace_days: 30 })
    await userWithPasskey(strict)
    const visitor = world.actors.nobody(strict)

    await signInByPasskey(world, visitor)

    expect((await visitor.call('GET', '/api/auth/me')).statusCode).toBe(200)
  })

  it('goes no further than a password where the address is not proven', async () => {
    const ana = await userWithPasskey()
    await world.database.tenantBatch(acme.id, [
      sql`UPDATE users SET email_verified_at = NULL
           WHERE tenant_id = current_tenant_id() AND email = ${ana.identity.email}`,
    ])
    const begun = await beginPasskeySignIn(ana)

    const answer = await completePasskeySignIn(ana, begun, await world.browser.get(begun.options))

    expect(answer.json()).toEqual({ status: 'email_verification_required' })
  })

  it('leaves a new password and its sessions alone', async () => {
    const ana = await userWithPasskey()
    await signInByPasskey(world, ana)

    const changed = await ana.call('POST', '/api/auth/password/change', {
      current_password: ana.identity.password,
      new_password: 'walnut-harbour-sextant-77',
    })
    expect(changed.statusCode).toBe(204)

    const visitor = world.actors.nobody(acme)
    await signInByPasskey(world, visitor)
    expect((await visitor.call('GET', '/api/auth/me')).json().id).toBe(ana.userId)
  })
})
