import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { obtainTokens } from '../support/authorize.ts'
import { decodeClaims } from '../support/decode-claims.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { Browser } from '../support/relying-party.ts'
import { RunningClock } from '../support/running-clock.ts'
import { SignalClient, typesOf } from '../support/signal-client.ts'
import { SignalReceiver } from '../support/signal-receiver.ts'

let receiver: SignalReceiver
let world: World
let tenant: Tenant

beforeAll(async () => {
  receiver = await SignalReceiver.start()
  world = await openWorld({ clock: new RunningClock(), egress: receiver.egress })
  tenant = await world.tenant()
})
afterAll(async () => {
  await world.close()
  await receiver.stop()
})

it('an application learns within seconds that a user chose another password', async () => {
  // The application asks for a stream, and convinces itself that it works.
  const app = await SignalClient.register(world, tenant)
  const { stream_id } = await app.createPushed('/events', { authorization_header: 'Bearer abc' })
  await app.call('POST', '/ssf/verify', { stream_id, state: 'hello' })
  const arrived = async () => receiver.claimsAt('/events', await app.trust())
  await expect.poll(async () => typesOf(await arrived()), POLL).toEqual(['verification'])

  // Ana signs in to it from two browsers.
  const ana = await world.actors.user({ tenant })
  const phone = await world.actors.user({ tenant })
  const sids: unknown[] = []
  for (const browser of [ana, phone]) {
    browser.identity.password = ana.identity.password
    Object.assign(browser.identity, { email: ana.identity.email })
    await browser.signInWithCookie()
    const tokens = await obtainTokens(new Browser(world, browser), app.party)
    sids.push(decodeClaims(tokens.id_token ?? '')['sid'])
  }

  // In one of them she changes her password: the other session is over, and the application hears it.
  const changed = await ana.call('POST', '/api/auth/password/change', {
    current_password: ana.identity.password,
    new_password: 'quartz-meadow-violin-77',
  })
  expect(changed.statusCode).toBe(204)

  const told = async () => (await arrived()).slice(1)
  await expect
    .poll(async () => typesOf(await told()).toSorted(), POLL)
    .toEqual(['credential-change', 'session-revoked'])
  const revoked = (await told()).find(({ sub_id }) => sub_id['format'] === 'complex')
  expect(revoked?.sub_id['session']).toEqual({ format: 'opaque', id: sids[1] })
  expect(new Set((await told()).map(({ txn }) => txn)).size).toBe(1)
}, 60_000)

const POLL = { timeout: 25_000, interval: 250 }
