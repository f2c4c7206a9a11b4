import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWorld, type World } from '../support/open-world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

it('takes a new user from registration to a session, and out of it again', async () => {
  const acme = await world.tenant()
  const ana = world.actors.nobody(acme)
  const email = 'ana@example.test'
  const password = 'plum-orbit-lantern-42'

  const registered = await ana.call('POST', '/api/auth/register', { email, password })
  expect(registered.statusCode).toBe(202)

  const early = await ana.call('POST', '/api/auth/login', { email, password })
  expect(early.json()).toEqual({ status: 'email_verification_required' })

  const token = await tokenFromMail(email)
  const verified = await ana.call('POST', '/api/auth/verify-email', { token })
  expect(verified.statusCode).toBeLessThan(300)

  const login = await ana.call('POST', '/api/auth/login', { email, password })
  expect(login.json()).toMatchObject({ status: 'complete', token_type: 'Bearer', expires_in: 600 })
  ana.accessToken = login.json().access_token
  ana.refreshToken = login.json().refresh_token

  const me = await ana.call('GET', '/api/auth/me')
  expect(me.json()).toMatchObject({ email, email_verified: true })

  const refreshed = await ana.refresh()
  expect(refreshed.statusCode).toBe(200)

  const logout = await ana.call('POST', '/api/auth/logout')
  expect(logout.statusCode).toBe(204)
  expect((await ana.call('GET', '/api/auth/me')).statusCode).toBe(401)
})

async function tokenFromMail(email: string): Promise<string> {
  const mail = await expect
    .poll(() => world.mailbox.list({ to: email })[0], { timeout: 5000 })
    .toBeDefined()
    .then(() => world.mailbox.list({ to: email })[0])
  const token = /#(\S+)/.exec(mail?.text ?? '')?.[1]
  if (token === undefined) throw new Error('no token in the mail')
  return token
}
