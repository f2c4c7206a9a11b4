import { afterAll, beforeAll, expect, it } from 'vitest'
import { Browser } from '../support/browser.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

const PHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/605'

it('knows the devices of a user, tells of a new one, and forgets a lost one', async () => {
  const acme = await world.tenant()
  const ana = await world.actors.user({ tenant: acme })
  const subjects = () => world.mailbox.list({ to: ana.identity.email }).map((mail) => mail.subject)
  const laptop = new Browser(world, acme)
  const phone = new Browser(world, acme, { userAgent: PHONE, ip: '203.0.113.20' })

  // Her first device is nobody's surprise.
  const first = await laptop.login(ana)
  const cookies = [first.headers['set-cookie'] ?? []].flat()
  expect(cookies).toHaveLength(2)
  expect(cookies[1]).toMatch(
    /^__Host-cs_[a-z0-9-]+_device=[\w-]{43}\.[\w-]{43}; Max-Age=15552000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  )
  world.clock.advance({ milliseconds: 1000 })

  // The second one is, and she hears of it.
  await phone.login(ana)
  await expect.poll(subjects).toEqual([`New sign-in to your account at ${acme.slug}`])
  const [mail] = world.mailbox.list({ to: ana.identity.email })
  expect(mail?.text).toContain('Device:  Safari on iPhone')
  expect(mail?.text).toContain('Address: 203.0.113.20')

  // Signing in again on either changes nothing, and her cookie lasts on.
  const before = laptop.cookie('device')
  await laptop.login(ana)
  expect(laptop.cookie('device')).toBe(before)
  const listed = (await laptop.call('GET', '/api/auth/devices')).json().data
  expect(listed.map((one: object) => ({ ...one, id: '' }))).toEqual([
    expect.objectContaining({ label: 'Safari on iPhone', current: false, ip: '203.0.113.20' }),
    expect.objectContaining({ label: 'Firefox on Linux', current: true, ip: '192.0.2.10' }),
  ])

  // The list of sessions names the devices too.
  const sessions = (await laptop.call('GET', '/api/auth/sessions')).json().data
  expect(sessions).toEqual([
    expect.objectContaining({ current: true, device_id: listed[1].id }),
    expect.objectContaining({ current: false, device_id: listed[0].id }),
  ])

  // She loses the phone.
  const lost = await laptop.call('DELETE', `/api/auth/devices/${listed[0].id}`)
  expect(lost.statusCode).toBe(204)
  expectProblem(await phone.call('GET', '/api/auth/me'), 'authentication_required', 401)
  expect((await laptop.call('GET', '/api/auth/me')).statusCode).toBe(200)
  expect((await laptop.call('GET', '/api/auth/devices')).json().data).toHaveLength(1)
  expect(subjects()).toHaveLength(1)
})

it('shows an administrator the devices of a user, and lets them forget one', async () => {
  const acme = await world.tenant()
  const ana = await world.actors.user({ tenant: acme })
  const admin = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
  const laptop = new Browser(world, acme)
  await laptop.login(ana)

  const url = `/api/admin/users/${ana.userId}/devices`
  const [device] = (await admin.call('GET', url)).json().data
  expect(device).toMatchObject({ label: 'Firefox on Linux', current: false })
  const adminsOwn = `/api/admin/users/${admin.userId}/devices/${device.id}`
  expectProblem(await admin.call('DELETE', adminsOwn), 'device_not_found', 404)
  expect((await admin.call('DELETE', `${url}/${device.id}`)).statusCode).toBe(204)

  expect((await laptop.call('GET', '/api/auth/me')).statusCode).toBe(401)
})

it('gives a client of bearer tokens a device too, and binds its session to it', async () => {
  const acme = await world.tenant()
  const ana = await world.actors.user({ tenant: acme })
  const page = new Browser(world, acme)
  const { refresh_token } = (await page.login(ana, 'bearer')).json()

  const refreshed = await page.call('POST', '/api/auth/refresh', { refresh_token })
  const { refresh_token: next } = refreshed.json()
  const thief = new Browser(world, acme)
  const stolen = await thief.call('POST', '/api/auth/refresh', { refresh_token: next })

  expect(refreshed.statusCode).toBe(200)
  expectProblem(stolen, 'invalid_refresh_token', 401)
  const again = await page.call('POST', '/api/auth/refresh', { refresh_token: next })
  expectProblem(again, 'invalid_refresh_token', 401)
})
