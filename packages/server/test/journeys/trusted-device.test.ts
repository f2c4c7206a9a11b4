import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { days } from '../../src/kernel/index.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { Browser } from '../support/browser.ts'
import { decodeClaims } from '../support/decode-claims.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { MfaActor } from '../support/mfa-actor.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

async function setUp(trusted_device_days = 30) {
  const acme = await world.tenant(undefined, { trusted_device_days })
  const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
  return { acme, ana, laptop: new Browser(world, acme) }
}

/** Both factors, with the wish to be asked for the first one only from now on. */
async function signInAndTrust(browser: Browser, ana: MfaActor, proof: object = {}) {
  const { challenge } = (await browser.login(ana.actor)).json<{ challenge: string }>()
  const answer = await browser.call('POST', '/api/auth/mfa/verify', {
    challenge,
    method: 'totp',
    code: ana.app.code(),
    trust_device: true,
    ...proof,
  })
  ana.nextCode()
  browser.csrfToken = answer.json<{ csrf_token: string }>().csrf_token
  return answer
}

const statusOf = async (browser: Browser, ana: MfaActor) =>
  (await browser.login(ana.actor)).json<{ status: string }>().status

it('goes without the second factor on a trusted device, and says what was proven', async () => {
  const { acme, ana, laptop } = await setUp()
  expect((await signInAndTrust(laptop, ana)).json().status).toBe('complete')

  const { result, events } = await auditedDuring(world, acme, () =>
    laptop.login(ana.actor, 'bearer'),
  )

  expect(result.json().status).toBe('complete')
  expect(decodeClaims(result.json().access_token)).toMatchObject({
    acr: 'urn:countersign:acr:password',
    amr: ['pwd', 'trusted_device'],
  })
  const started = events.find(({ action }) => action === 'session.started')
  expect(started?.details).toMatchObject({ amr: ['pwd', 'trusted_device'] })
})

it('asks on every other device, and on this one when the time is over', async () => {
  const { acme, ana, laptop } = await setUp(7)
  await signInAndTrust(laptop, ana)

  expect(await statusOf(new Browser(world, acme), ana)).toBe('mfa_required')
  world.clock.advance({ milliseconds: days(7).milliseconds - 60_000 })
  expect(await statusOf(laptop, ana)).toBe('complete')
  world.clock.advance({ milliseconds: 60_000 })
  expect(await statusOf(laptop, ana)).toBe('mfa_required')
})

it('asks for the factor in a step-up there, whatever the device is trusted for', async () => {
  const { ana, laptop } = await setUp()
  await signInAndTrust(laptop, ana)
  await laptop.login(ana.actor)

  const renew = { current_password: ana.actor.identity.password }
  const refused = await laptop.call('POST', '/api/auth/mfa/backup-codes', renew)
  const stepUp = await laptop.call('POST', '/api/auth/step-up', {})

  expectProblem(refused, 'insufficient_user_authentication', 401)
  expect(stepUp.json().methods).toEqual(['totp', 'backup_code'])
})

it('trusts nothing that nobody asked for, that a backup code proved, or that is not allowed', async () => {
  const { ana, laptop } = await setUp()
  await signInAndTrust(laptop, ana, { trust_device: false })
  expect(await statusOf(laptop, ana)).toBe('mfa_required')

  await signInAndTrust(laptop, ana, { method: 'backup_code', code: ana.backupCodes[0] })
  expect(await statusOf(laptop, ana)).toBe('mfa_required')

  const strict = await setUp(0)
  await signInAndTrust(strict.laptop, strict.ana)
  expect(await statusOf(strict.laptop, strict.ana)).toBe('mfa_required')
})

it('trusts the device for the one who proved it, not for the next user of it', async () => {
  const { acme, ana, laptop } = await setUp()
  const ben = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
  await signInAndTrust(laptop, ana)

  expect(await statusOf(laptop, ben)).toBe('mfa_required')
})

it.each([
  ['cut off', (cookie: string) => cookie.slice(0, -1)],
  ['without its MAC', (cookie: string) => cookie.slice(0, 43)],
  ['with another value', (cookie: string) => `${'A'.repeat(43)}${cookie.slice(43)}`],
])('does not trust a cookie that is %s', async (_, forge) => {
  const { ana, laptop } = await setUp()
  await signInAndTrust(laptop, ana)
  const forged = forge(laptop.cookie('device'))
  laptop.jar.set(laptop.nameOf('device'), forged)

  const answer = await laptop.login(ana.actor)

  expect(answer.json().status).toBe('mfa_required')
})

it('does not trust the device of the same browser at another tenant', async () => {
  const { ana, laptop } = await setUp()
  await signInAndTrust(laptop, ana)
  const globex: Tenant = await world.tenant(undefined, { trusted_device_days: 30 })
  const theirs = await MfaActor.enroll(await world.actors.signedIn({ tenant: globex }), world.clock)
  const browser = new Browser(world, globex)
  browser.jar.set(browser.nameOf('device'), laptop.cookie('device'))

  await signInAndTrust(browser, theirs)

  expect(browser.cookie('device')).not.toBe(laptop.cookie('device'))
  expect(await statusOf(browser, theirs)).toBe('complete')
})
