import { afterAll, beforeAll, expect, it } from 'vitest'
import { seconds } from '../../src/kernel/index.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { Browser } from '../support/browser.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'

/** Attack: passwords that were stolen elsewhere, one for each account, from many places. */
let world: World

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

it('pulls the brake on strangers, with the usual answer, and spares known devices', async () => {
  const acme = await world.tenant(undefined, { stuffing_brake_accounts: 10 })
  const ana = await world.actors.user({ tenant: acme })
  const home = new Browser(world, acme)
  await home.login(ana)
  for (let i = 0; i < 10; i++) {
    const bot = new Browser(world, acme, { ip: `198.51.100.${i}` })
    const body = { email: `victim-${i}@example.test`, password: 'stolen-elsewhere-1' }
    await bot.call('POST', '/api/auth/login', body)
  }
  const elsewhere = new Browser(world, acme, { ip: '203.0.113.4' })

  const { result, events } = await auditedDuring(world, acme, () => elsewhere.login(ana))

  expectProblem(result, 'invalid_credentials', 401)
  expect(events.map(({ action, details }) => [action, details['reason']])).toEqual([
    ['sign_in.refused', 'braked'],
  ])
  expect((await home.login(ana)).statusCode).toBe(200)
  world.clock.advance(seconds(10))
  expect((await elsewhere.login(ana)).statusCode).toBe(200)
})
