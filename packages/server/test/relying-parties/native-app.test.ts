import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import { openPartyWorld, type PartyWorld, type Registered } from './open-party-world.ts'
import { decideConsent, signInByHand } from './sign-in-by-hand.ts'
import { type RunningExample, startExample } from './start-example.ts'

/** `examples/relying-parties/native-app.ts`: oauth4webapi in a process of its own. */
describe.skipIf(skipWithoutChromium())('a native application with oauth4webapi', () => {
  let world: PartyWorld
  let tenant: Tenant
  let client: Registered
  let app: RunningExample
  let page: Page

  beforeAll(async () => {
    world = await openPartyWorld()
    tenant = await world.tenant()
    // RFC 8252 §7.3: registered without a port, so that any will do.
    client = await world.register(tenant, 'native.json')
  })
  beforeEach(async () => {
    app = startExample('native-app.ts', { ISSUER: tenant.issuer, CLIENT_ID: client.id })
    page = await (await world.newBrowser()).newPage()
  })
  afterEach(() => app.stop())
  afterAll(() => world.close())

  it('RFC 8252: signs a user in with a second factor at a free loopback port', async () => {
    const ana = await world.enroll(tenant)
    await page.goto(await addressToOpen())
    await signInByHand(page, ana)
    await decideConsent(page, 'allow')

    expect(await app.exited, app.output()).toBe(0)
    const { claims, profile } = JSON.parse(lastLine()) as Record<string, object>
    expect(claims).toMatchObject({
      iss: tenant.issuer,
      aud: client.id,
      sub: ana.actor.userId,
      acr: 'urn:countersign:acr:mfa',
    })
    expect(profile).toMatchObject({ email: ana.actor.identity.email })
  })

  it('RFC 6749 §4.1.2.1: learns that the user refused', async () => {
    const ana = await world.enroll(tenant)
    await page.goto(await addressToOpen())
    await signInByHand(page, ana)
    await decideConsent(page, 'deny')

    expect(await app.exited).toBe(1)
    expect(app.output()).toContain('access_denied')
  })

  async function addressToOpen(): Promise<string> {
    await app.until('code_challenge_method=S256\n')
    return lastLine()
  }

  function lastLine(): string {
    return app.output().trimEnd().split('\n').at(-1) ?? ''
  }
})
