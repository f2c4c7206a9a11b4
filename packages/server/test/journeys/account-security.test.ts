import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Actor } from '../support/actors.ts'
import { tokenFromMail } from '../attacks/read-mail.ts'
import { AuthenticatorApp } from '../support/authenticator-app.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import {
  beginPasskeySignIn,
  claimsOf,
  completePasskeySignIn,
  completeRegistration,
  openPasskeyWorld,
  optionsOf,
  type PasskeyWorld,
} from '../webauthn/open-passkey-world.ts'

const EMAIL = 'ana@example.test'
const PASSWORD = 'plum-orbit-lantern-42'
const NEW_PASSWORD = 'gravel harp untold mosaic'

describe.skipIf(skipWithoutChromium())('account security', () => {
  let world: PasskeyWorld

  beforeAll(async () => {
    world = await openPasskeyWorld()
  })

  afterAll(() => world.close())

  it('protects a user from the registration to a lost phone and a new password', async () => {
    const acme = await world.tenant()
    const device = () => world.actors.nobody(acme)
    const login = (password = PASSWORD) =>
      device().call('POST', '/api/auth/login', { email: EMAIL, password })
    const subjects = () => world.mailbox.list({ to: EMAIL }).map(({ subject }) => subject)
    const isSignedIn = async (somewhere: Actor) =>
      (await somewhere.call('GET', '/api/auth/me')).statusCode === 200
    const verify = (challenge: string, method: string, code: string) =>
      device().call('POST', '/api/auth/mfa/verify', { challenge, method, code })

    // She registers. The right password opens nothing before she has proven her address.
    const laptop = device()
    const account = { email: EMAIL, password: PASSWORD }
    expect((await laptop.call('POST', '/api/auth/register', account)).statusCode).toBe(202)
    expect((await login()).json()).toEqual({ status: 'email_verification_required' })
    const token = await tokenFromMail(world, EMAIL)
    await laptop.call('POST', '/api/auth/verify-email', { token })
    const first = await login()
    expect(first.json().status).toBe('complete')
    laptop.accessToken = first.json().access_token
    expect(claimsOf(first.json().access_token)['acr']).toBe('urn:countersign:acr:password')

    // She enrols the app of her phone, and keeps the backup codes.
    const proof = { current_password: PASSWORD }
    const enrolled = await laptop.call('POST', '/api/auth/mfa/totp/enroll', proof)
    const app = new AuthenticatorApp(enrolled.json().secret, world.clock)
    const confirmation = { id: enrolled.json().id, code: app.code() }
    const confirmed = await laptop.call('POST', '/api/auth/mfa/totp/confirm', confirmation)
    const backupCodes: string[] = confirmed.json().backup_codes
    expect(backupCodes).toHaveLength(10)
    await expect.poll(subjects).toContain(`A second factor was added at ${acme.slug}`)

    // From now on her password is not enough, also not to bind another factor: she adds a passkey
    // of her laptop with a code of the app.
    world.clock.advance({ milliseconds: 30_000 })
    await world.browser.useAuthenticator()
    const register = '/api/auth/webauthn/register/options'
    const unproven = await laptop.call('POST', register, proof)
    expectProblem(unproven, 'insufficient_user_authentication', 401)
    const offered = await laptop.call('POST', register, { ...proof, code: app.code() })
    const created = await world.browser.create(optionsOf(offered))
    const registered = await completeRegistration(laptop, created, 'Laptop')
    expect(registered.statusCode).toBe(201)
    expect(registered.json()).not.toHaveProperty('backup_codes')

    // She signs in with the app.
    world.clock.advance({ milliseconds: 30_000 })
    const asked = (await login()).json()
    expect(asked).toMatchObject({
      status: 'mfa_required',
      methods: ['webauthn', 'totp', 'backup_code'],
    })
    expect(asked).not.toHaveProperty('access_token')
    const byApp = await verify(asked.challenge, 'totp', app.code())
    expect(claimsOf(byApp.json().access_token)).toMatchObject({
      acr: 'urn:countersign:acr:mfa',
      amr: ['pwd', 'otp', 'mfa'],
    })
    const phone = device()
    phone.accessToken = byApp.json().access_token

    // She signs in with the passkey, without a name and without a password.
    const begun = await beginPasskeySignIn(device())
    const assertion = await world.browser.get(begun.options)
    const byPasskey = await completePasskeySignIn(device(), begun, assertion)
    expect(claimsOf(byPasskey.json().access_token)).toMatchObject({
      acr: 'urn:countersign:acr:passkey',
      amr: ['hwk', 'user', 'mfa'],
    })
    expectProblem(
      await completePasskeySignIn(device(), begun, assertion),
      'invalid_credentials',
      401,
    )
    laptop.accessToken = byPasskey.json().access_token

    // The phone is gone. At another machine a backup code lets her in, once, and she is told.
    const library = device()
    const [code = '', spare = ''] = backupCodes
    const byCode = await verify((await login()).json().challenge, 'backup_code', code)
    library.accessToken = byCode.json().access_token
    await expect.poll(subjects).toContain(`A backup code was used at ${acme.slug}`)
    expectProblem(
      await verify((await login()).json().challenge, 'backup_code', code),
      'invalid_challenge_response',
      401,
    )
    expect((await library.call('GET', '/api/auth/mfa')).json().backup_codes_left).toBe(9)

    // What protects the account asks for a fresh proof. She follows the challenge of RFC 9470 with
    // the passkey, and gets another token; that of before stays as weak as it was.
    world.clock.advance({ milliseconds: 360_000 })
    const renew = () => laptop.call('POST', '/api/auth/mfa/backup-codes', proof)
    const stale = await renew()
    expectProblem(stale, 'insufficient_user_authentication', 401)
    expect(stale.headers['www-authenticate']).toContain('max_age="300"')
    const acr = /acr_values="([^"]+)"/.exec(String(stale.headers['www-authenticate']))?.[1]
    const { id, methods } = (await laptop.call('POST', '/api/auth/step-up', { acr })).json()
    expect(methods).toEqual(['webauthn', 'totp', 'backup_code'])
    const stepUp = `/api/auth/step-up/${id}`
    const options = await laptop.call('POST', `${stepUp}/challenge`, { method: 'webauthn' })
    const response = await world.browser.get(optionsOf(options))
    const stepped = await laptop.call('POST', `${stepUp}/verify`, { method: 'webauthn', response })
    expect(stepped.json()).toMatchObject({ acr: 'urn:countersign:acr:passkey' })
    expectProblem(await renew(), 'insufficient_user_authentication', 401)
    laptop.accessToken = stepped.json().access_token
    const renewed = await renew()
    expect(renewed.statusCode).toBe(201)
    expect(renewed.json().backup_codes).toHaveLength(10)

    // She changes her password. Every other session is gone at once, and a message says so.
    expect(await Promise.all([phone, library].map(isSignedIn))).toEqual([true, true])
    const change = { current_password: PASSWORD, new_password: NEW_PASSWORD }
    const changed = await laptop.call('POST', '/api/auth/password/change', change)
    expect(changed.statusCode).toBe(204)
    expect(await Promise.all([phone, library].map(isSignedIn))).toEqual([false, false])
    expect(await isSignedIn(laptop)).toBe(true)
    expect((await laptop.call('GET', '/api/auth/sessions')).json().data).toMatchObject([
      { current: true },
    ])
    await expect.poll(subjects).toContain(`Your password for ${acme.slug} was changed`)

    // The app of the lost phone is removed. Neither it, nor the old password, nor a code of the
    // first set is worth anything now; the new password still needs a factor.
    const lost = await laptop.call('DELETE', `/api/auth/mfa/${enrolled.json().id}`, {
      current_password: NEW_PASSWORD,
    })
    expect(lost.statusCode).toBe(204)
    expectProblem(await login(), 'invalid_credentials', 401)
    const last = (await login(NEW_PASSWORD)).json()
    expect(last).toMatchObject({ status: 'mfa_required', methods: ['webauthn', 'backup_code'] })
    for (const [method, old] of [
      ['totp', app.code()],
      ['backup_code', spare],
    ] as const) {
      const refused = await verify(last.challenge, method, old)
      expectProblem(refused, 'invalid_challenge_response', 401)
    }
    const fresh = renewed.json().backup_codes[0]
    const recovered = await verify(last.challenge, 'backup_code', fresh)
    expect(recovered.json().status).toBe('complete')
  })
})
