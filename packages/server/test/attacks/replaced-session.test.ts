import { afterAll, beforeAll, expect, it } from 'vitest'
import { auditedDuring } from '../support/audit-trail.ts'
import { Browser } from '../support/browser.ts'
import { openWorld, type World } from '../support/open-world.ts'

/** ASVS 7.2.4. Attack: a session cookie that was copied earlier outlives the next sign-in. */
let world: World

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

async function setUp() {
  const acme = await world.tenant()
  const ana = await world.actors.user({ tenant: acme })
  const browser = new Browser(world, acme)
  await browser.login(ana)
  const copy = new Browser(world, acme)
  copy.jar.set(copy.nameOf('session'), browser.cookie('session'))
  const isLive = async () => (await copy.call('GET', '/api/auth/me')).statusCode === 200
  return { acme, ana, browser, copy, isLive }
}

it.each(['cookie', 'bearer'] as const)('ends with the next sign-in by %s', async (transport) => {
  const { acme, ana, browser, isLive } = await setUp()
  expect(await isLive()).toBe(true)

  const { events } = await auditedDuring(world, acme, () => browser.login(ana, transport))

  expect(await isLive()).toBe(false)
  const ended = events.filter(({ action }) => action === 'session.ended')
  expect(ended.map(({ details }) => details)).toEqual([{ reason: 'replaced_by_sign_in' }])
})

it('stays where the sign-in fails, or is of somebody else', async () => {
  const { acme, ana, browser, isLive } = await setUp()
  const { email } = ana.identity
  await browser.call('POST', '/api/auth/login', { email, password: 'not-the-right-one' })
  expect(await isLive()).toBe(true)

  await browser.login(await world.actors.user({ tenant: acme }))

  expect(await isLive()).toBe(true)
})

it('is ended by its secret only, not by its id', async () => {
  const { acme, ana, copy, isLive } = await setUp()
  const guesser = new Browser(world, acme)
  const guessed = `${copy.cookie('session').slice(0, -43)}${'A'.repeat(43)}`
  guesser.jar.set(guesser.nameOf('session'), guessed)

  await guesser.login(ana)

  expect(await isLive()).toBe(true)
})
