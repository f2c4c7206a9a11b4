import { afterAll, beforeAll, expect, it } from 'vitest'
import { sql } from '../../../src/platform/db/index.ts'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { obtainTokens } from '../../support/authorize.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { Browser, registerRelyingParty } from '../../support/relying-party.ts'

const told: { url: string; token: string }[] = []
let isAway = false
let world: World
let tenant: Tenant

beforeAll(async () => {
  world = await openWorld({
    clock: new RunningClock(),
    fetch: async (url, init) => {
      if (isAway) throw new TypeError('the client is away')
      const token = new URLSearchParams(init?.body as URLSearchParams).get('logout_token') ?? ''
      told.push({ url: url instanceof Request ? url.url : url.toString(), token })
      return new Response(null, { status: 204 })
    },
  })
  tenant = await world.tenant()
})
afterAll(() => world.close())

async function signIn() {
  told.length = 0
  const party = await registerRelyingParty(world, {
    tenant,
    metadata: {
      backchannel_logout_uri: 'https://app.example/logged-out',
      backchannel_logout_session_required: true,
    },
  })
  const ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  const tokens = await obtainTokens(new Browser(world, ana), party)
  return { ana, party, sid: decodeClaims(tokens.id_token ?? '')['sid'] }
}

it('OIDC Back-Channel Logout §2.4: tells a client which session has ended, once', async () => {
  const { ana, party, sid } = await signIn()
  await ana.call('POST', '/api/auth/logout')

  await world.app.oauth.tellEndedSessions(world.internalContext(tenant))
  await world.app.oauth.tellEndedSessions(world.internalContext(tenant))

  expect(told).toHaveLength(1)
  expect(told[0]?.url).toBe('https://app.example/logged-out')
  expect(decodeClaims(told[0]?.token ?? '')).toMatchObject({
    iss: tenant.issuer,
    aud: party.clientId,
    sid,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  })
})

it('tries again when the client was away', async () => {
  const { ana } = await signIn()
  await ana.call('POST', '/api/auth/logout')
  isAway = true
  await world.app.oauth.tellEndedSessions(world.internalContext(tenant))
  isAway = false

  await world.app.oauth.tellEndedSessions(world.internalContext(tenant))

  expect(told).toHaveLength(1)
})

it('says nothing about sessions that live', async () => {
  await signIn()

  await world.app.oauth.tellEndedSessions(world.internalContext(tenant))

  expect(told).toEqual([])
})

it('makes neither an engine nor keys for a tenant that has nobody to tell', async () => {
  const idle = await world.tenant()
  const before = (await keysOf(idle)).length

  await world.app.oauth.tellEndedSessions(world.internalContext(idle))

  expect([before, (await keysOf(idle)).length]).toEqual([0, 0])
})

it('counts no attempt while the keys of the tenant do not open', async () => {
  const { ana } = await signIn()
  await ana.call('POST', '/api/auth/logout')
  const sealed = await exchangeSealedKeys(Buffer.from('not sealed'))
  const other = await openWorld({ besides: world })
  const context = { ...other.internalContext(tenant), clock: world.clock }
  for (let turn = 0; turn < 6; turn++) {
    await expect(other.app.oauth.tellEndedSessions(context)).rejects.toThrow()
  }
  await exchangeSealedKeys(sealed)

  await world.app.oauth.tellEndedSessions(world.internalContext(tenant))

  expect(told).toHaveLength(1)
})

function keysOf(of: Tenant) {
  return world.app.keys.list(world.internalContext(of), { after: undefined, limit: 10 })
}

/** @returns what stood there */
async function exchangeSealedKeys(sealed: Buffer): Promise<Buffer> {
  return world.database.withTenant(tenant.id, async (tx) => {
    const [row] = await tx.run(sql<{ private_key_sealed: Buffer }>`
      SELECT private_key_sealed FROM signing_keys
       WHERE tenant_id = current_tenant_id() AND status = 'active'`)
    await tx.run(sql`
      UPDATE signing_keys SET private_key_sealed = ${sealed}
       WHERE tenant_id = current_tenant_id() AND status = 'active'`)
    return row?.private_key_sealed ?? Buffer.alloc(0)
  })
}
