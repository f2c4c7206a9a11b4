import { afterAll, beforeAll, expect, it } from 'vitest'
import { AuthenticatorApp } from '../support/authenticator-app.ts'
import { decodeClaims } from '../support/decode-claims.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

it('takes a user from the first factor to a lost phone, a step-up and a new password', async () => {
  const acme = await world.tenant()
  const ana = world.actors.nobody(acme)
  const email = 'ana@example.test'
  const password = 'plum-orbit-lantern-42'
  const newPassword = 'gravel harp untold mosaic'

  // She registers, proves her address and signs in.
  await ana.call('POST', '/api/auth/register', { email, password })
  const token = await tokenFromMail(email)
  await ana.call('POST', '/api/auth/verify-email', { token })
  const login = (secret = password) =>
    world.actors.nobody(acme).call('POST', '/api/auth/login', { email, password: secret })
  ana.accessToken = (await login()).json().access_token

  // She enrols an authenticator app and keeps the backup codes.
  const enrolled = await ana.call('POST', '/api/auth/mfa/totp/enroll', {
    current_password: password,
  })
  expect(enrolled.json().otpauth_uri).toContain('otpauth://totp/')
  const app = new AuthenticatorApp(enrolled.json().secret, world.clock)
  const confirmation = { id: enrolled.json().id, code: app.code() }
  const confirmed = await ana.call('POST', '/api/auth/mfa/totp/confirm', confirmation)
  const backupCodes: string[] = confirmed.json().backup_codes
  expect(backupCodes).toHaveLength(10)
  await expect.poll(() => subjectsTo(email)).toContain(`A second factor was added at ${acme.slug}`)

  // From now on the password is not enough.
  world.clock.advance({ milliseconds: 30_000 })
  const asked = (await login()).json()
  expect(asked).toMatchObject({ status: 'mfa_required', methods: ['totp', 'backup_code'] })
  const signedIn = await ana.call('POST', '/api/auth/mfa/verify', {
    challenge: asked.challenge,
    method: 'totp',
    code: app.code(),
  })
  expect(signedIn.json().status).toBe('complete')
  expect(decodeClaims(signedIn.json().access_token)['amr']).toEqual(['pwd', 'otp', 'mfa'])
  const phone = world.actors.nobody(acme)
  phone.accessToken = signedIn.json().access_token

  // The phone is gone. A backup code lets her in, and she is told that one was used.
  const again = (await login()).json()
  const recovered = await ana.call('POST', '/api/auth/mfa/verify', {
    challenge: again.challenge,
    method: 'backup_code',
    code: backupCodes[0],
  })
  ana.accessToken = recovered.json().access_token
  expect((await ana.call('GET', '/api/auth/mfa')).json().backup_codes_left).toBe(9)
  await expect.poll(() => subjectsTo(email)).toContain(`A backup code was used at ${acme.slug}`)

  // Later she wants new codes, which asks for a fresh proof; she steps up with another code.
  world.clock.advance({ milliseconds: 360_000 })
  const renew = () => ana.call('POST', '/api/auth/mfa/backup-codes', { current_password: password })
  const refused = await renew()
  expectProblem(refused, 'insufficient_user_authentication', 401)
  const acr = /acr_values="([^"]+)"/.exec(String(refused.headers['www-authenticate']))?.[1]
  const stepUp = (await ana.call('POST', '/api/auth/step-up', { acr })).json()
  const stronger = await ana.call('POST', `/api/auth/step-up/${stepUp.id}/verify`, {
    method: 'backup_code',
    code: backupCodes[1],
  })
  ana.accessToken = stronger.json().access_token
  expect((await renew()).statusCode).toBe(201)

  // She changes her password; whoever has the phone is signed out.
  expect((await phone.call('GET', '/api/auth/me')).statusCode).toBe(200)
  const change = { current_password: password, new_password: newPassword }
  expect((await ana.call('POST', '/api/auth/password/change', change)).statusCode).toBe(204)
  expectProblem(await phone.call('GET', '/api/auth/me'), 'invalid_token', 401)
  expect((await ana.call('GET', '/api/auth/me')).statusCode).toBe(200)
  expect((await ana.call('GET', '/api/auth/sessions')).json().data).toHaveLength(1)

  // The factor outlives the password.
  expect((await login(newPassword)).json().status).toBe('mfa_required')
})

function subjectsTo(email: string): string[] {
  return world.mailbox.list({ to: email }).map(({ subject }) => subject)
}

async function tokenFromMail(email: string): Promise<string> {
  const find = () => /#(\S+)/.exec(world.mailbox.list({ to: email })[0]?.text ?? '')?.[1]
  await expect.poll(find, { timeout: 5000 }).toBeDefined()
  return find() ?? ''
}
