import * as client from 'openid-client'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { MfaActor } from '../support/mfa-actor.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import { EXAMPLE_ORIGIN, openPartyWorld, type PartyWorld } from './open-party-world.ts'
import { serveSpa, type SpaServer } from './serve-spa.ts'
import { decideConsent, typePassword } from './sign-in-by-hand.ts'

const MFA = 'urn:countersign:acr:mfa'

/** What a client may demand of a sign-in, with a browser that keeps its session in between. */
describe.skipIf(skipWithoutChromium())('a client that demands', () => {
  let world: PartyWorld
  let tenant: Tenant
  let config: client.Configuration
  let origin: SpaServer
  let redirectUri: string
  let page: Page

  beforeAll(async () => {
    world = await openPartyWorld()
    tenant = await world.tenant()
    // Something answers there: Chromium loads a page that could not be reached again and again.
    origin = await serveSpa()
    redirectUri = `${origin.url}callback`
    const replaced = { [EXAMPLE_ORIGIN]: new URL(origin.url).origin }
    const { id, secret } = await world.register(tenant, 'web.json', replaced)
    config = await client.discovery(
      new URL(tenant.issuer),
      id,
      undefined,
      client.ClientSecretBasic(secret),
      { execute: [client.allowInsecureRequests] },
    )
  })
  beforeEach(async () => {
    page = await (await world.newBrowser()).newPage()
  })
  afterEach(() => page.context().close())
  afterAll(async () => {
    await origin.stop()
    await world.close()
  })

  it('OIDC Core §3.1.2.1 `acr_values`: a session with a password only is stepped up', async () => {
    const ben = await world.actors.user({ tenant })
    const weak = await signIn({}, async () => {
      await typePassword(page, ben)
      await decideConsent(page, 'allow')
    })
    expect(weak).toMatchObject({ acr: 'urn:countersign:acr:password', amr: ['pwd'] })
    const { app } = await world.clock.aMinuteAgo(async () => {
      await ben.signIn()
      return MfaActor.enroll(ben, world.clock)
    })

    const strong = await signIn({ acr_values: MFA }, async () => {
      await page.waitForURL(/\/step-up/)
      await page.locator('#code').pressSequentially(app.code())
    })

    expect(strong).toMatchObject({ acr: MFA, sub: ben.userId })
    expect(strong?.['amr']).toEqual(expect.arrayContaining(['pwd', 'otp']))
  })

  it('OIDC Core §3.1.2.6 `prompt=none`: is told that a sign-in is needed, without a page', async () => {
    await expect(signIn({ prompt: 'none' }, async () => undefined)).rejects.toMatchObject({
      error: 'login_required',
    })
  })

  /** Claims of the ID token. */
  async function signIn(
    demands: Record<string, string>,
    byHand: () => Promise<void>,
  ): Promise<client.IDToken | undefined> {
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'openid',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      ...demands,
    })
    const callback = page.waitForRequest((request) => request.url().startsWith(redirectUri))
    await page.goto(url.href)
    await byHand()
    const answer = new URL((await callback).url())
    const tokens = await client.authorizationCodeGrant(config, answer, { pkceCodeVerifier })
    return tokens.claims()
  }
})
