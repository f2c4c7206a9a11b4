import { afterAll, beforeAll, expect, it } from 'vitest'
import { Browser } from '../support/browser.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

/** Attack: wrong passwords from many places, so that the owner of the account is delayed. */
async function setUpUnderAttack() {
  const acme = await world.tenant(undefined, { sign_in_failures_before_delay: 3 })
  const ana = await world.actors.user({ tenant: acme })
  const home = new Browser(world, acme)
  await home.login(ana)
  for (let i = 0; i < 26; i++) {
    const body = { email: ana.identity.email, password: `wrong-guess-number-${i}` }
    const stranger = new Browser(world, acme, { ip: `198.51.100.${i}` })
    await stranger.call('POST', '/api/auth/login', body)
  }
  return { acme, ana, home }
}

it('gets in at the first try on a device that is known', async () => {
  const { acme, ana, home } = await setUpUnderAttack()
  const elsewhere = new Browser(world, acme, { ip: '203.0.113.1' })

  expectProblem(await elsewhere.login(ana), 'invalid_credentials', 401)
  expect((await home.login(ana)).statusCode).toBe(200)
})

it('does not share that way in with who forges a device, or has one of their own', async () => {
  const { acme, ana, home } = await setUpUnderAttack()
  const mallory = await world.actors.user({ tenant: acme })
  const theirs = new Browser(world, acme, { ip: '203.0.113.2' })
  await theirs.login(mallory)
  const forged = new Browser(world, acme, { ip: '203.0.113.3' })
  forged.jar.set(forged.nameOf('device'), `${home.cookie('device').slice(0, 43)}.${'A'.repeat(43)}`)

  expectProblem(await theirs.login(ana), 'invalid_credentials', 401)
  expectProblem(await forged.login(ana), 'invalid_credentials', 401)
})
