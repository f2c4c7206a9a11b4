import * as client from 'openid-client'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { MfaActor } from '../support/mfa-actor.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import { openPartyWorld, type PartyWorld } from './open-party-world.ts'
import { decideConsent, typePassword } from './sign-in-by-hand.ts'

const REDIRECT_URI = 'http://127.0.0.1:4850/callback'
const MFA = 'urn:countersign:acr:mfa'

/** What a client may demand of a sign-in, with a browser that keeps its session in between. */
describe.skipIf(skipWithoutChromium())('a client that demands', () => {
  let world: PartyWorld
  let tenant: Tenant
  let config: client.Configuration
  let page: Page

  beforeAll(async () => {
    world = await openPartyWorld()
    tenant = await world.tenant()
    const { id, secret } = await world.register(tenant, 'web.json')
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
  afterAll(() => world.close())

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
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      ...demands,
    })
    const callback = page.waitForRequest((request) => request.url().startsWith(REDIRECT_URI))
    // The browser is on its way to an address where nobody is.
    await page.goto(url.href).catch(() => undefined)
    await byHand()
    const answer = new URL((await callback).url())
    const tokens = await client.authorizationCodeGrant(config, answer, { pkceCodeVerifier })
    return tokens.claims()
  }
})
