import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConformancePlan, testModules } from '../../support/conformance-plan.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { discoveryOf, openDiscoveryWorld } from '../../support/discovery.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { registerRelyingParty } from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { BYE, expectSignedOut, logOut, logoutModules } from './rp-initiated.ts'

const told: { url: string; token: string }[] = []
let plan: ConformancePlan
let secure: World

beforeAll(async () => {
  const world = await openWorld({
    clock: new RunningClock(),
    fetch: async (input, init) => {
      const { url } = new Request(input)
      const token = new URLSearchParams(init?.body as URLSearchParams).get('logout_token') ?? ''
      told.push({ url, token })
      return new Response(null, { status: 200 })
    },
  })
  const tenant = await world.tenant()
  const register = (metadata: object) =>
    registerRelyingParty(world, {
      tenant,
      metadata: { post_logout_redirect_uris: [BYE], ...metadata },
    })
  const party = await register({})
  const other = await register({
    backchannel_logout_uri: 'https://app.example/backchannel_logout',
    backchannel_logout_session_required: true,
  })
  plan = new ConformancePlan({ world, tenant, party, other })
  secure = await openDiscoveryWorld()
})
afterAll(async () => {
  await plan.world.close()
  await secure.close()
})

describe('oidcc-rp-initiated-logout-certification-test-plan', () => {
  it('oidcc-rp-initiated-logout-discovery-endpoint-verification: names the endpoint', async () => {
    const { metadata, tenant } = await discoveryOf(secure)

    expect(metadata['end_session_endpoint']).toBe(`${tenant.issuer}/oauth/logout`)
  })

  testModules(logoutModules, () => plan)
})

describe('oidcc-backchannel-rp-initiated-logout-certification-test-plan', () => {
  it('oidcc-backchannel-logout-discovery-endpoint-verification: says that sessions are named', async () => {
    const { metadata } = await discoveryOf(secure)

    expect(metadata).toMatchObject({
      end_session_endpoint: expect.any(String),
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    })
  })

  it('oidcc-backchannel-rp-initiated-logout: tells the client which session has ended', async () => {
    const { ana, browser } = await plan.signedIn()
    const asked = await plan.ask(browser, { client_id: plan.other.clientId })
    const { id_token = '' } = await plan.redeem(asked, { party: plan.other })

    const next = await logOut(plan, browser, {
      id_token_hint: id_token,
      post_logout_redirect_uri: BYE,
      state: 'after',
    })

    expect(next).toBe(`${BYE}?state=after`)
    await expectSignedOut(plan, browser)
    expect(told.map(({ url }) => url)).toEqual(['https://app.example/backchannel_logout'])
    const claims = decodeClaims(told[0]?.token ?? '')
    expect(claims).toMatchObject({
      iss: plan.tenant.issuer,
      aud: plan.other.clientId,
      sub: ana.userId,
      sid: decodeClaims(id_token)['sid'],
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
    expect(claims).not.toHaveProperty('nonce')
  })
})
