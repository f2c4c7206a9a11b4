import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWorld, type World } from '../support/open-world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

it('keeps a browser session over a reload, and deletes it with the account', async () => {
  const ben = await world.actors.user({ tenant: await world.tenant() })
  await ben.signInWithCookie()
  const token = ben.csrfToken

  // A page that was loaded again has the cookie and nothing else.
  ben.csrfToken = ''
  expect((await ben.call('PATCH', '/api/auth/me', { locale: 'de' })).statusCode).toBe(403)
  const refreshed = await ben.call('POST', '/api/auth/refresh', {})
  expect(refreshed.json()).toMatchObject({ token_type: 'Bearer', csrf_token: token })
  expect(refreshed.json()).not.toHaveProperty('refresh_token')

  ben.csrfToken = refreshed.json<{ csrf_token: string }>().csrf_token
  expect((await ben.call('PATCH', '/api/auth/me', { locale: 'de' })).statusCode).toBe(200)

  const current_password = ben.identity.password
  const deleted = await ben.call('DELETE', '/api/auth/me', { current_password })
  expect(deleted.statusCode).toBe(204)
  expect(deleted.headers['set-cookie']).toMatch(/^__Host-cs_.+_session=; Max-Age=0; /)
  expect((await ben.call('GET', '/api/auth/me')).statusCode).toBe(401)
})
