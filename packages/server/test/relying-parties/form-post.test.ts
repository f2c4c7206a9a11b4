import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import * as oidc from 'openid-client'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { MfaActor } from '../support/mfa-actor.ts'
import { type RelyingParty, registerRelyingParty } from '../support/relying-party.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import { openPartyWorld, type PartyWorld } from './open-party-world.ts'
import { typePassword } from './sign-in-by-hand.ts'

/** A client that takes its answer as a form, which a browser brings from our page. */
describe.skipIf(skipWithoutChromium())('response_mode=form_post in a browser', () => {
  let world: PartyWorld
  let tenant: Tenant
  let client: Server
  let callback: string
  let party: RelyingParty
  let ana: MfaActor
  let browser: BrowserContext
  const received: { readonly form: string; readonly origin: string | undefined }[] = []

  beforeAll(async () => {
    world = await openPartyWorld()
    tenant = await world.tenant()
    client = createServer((request, response) => {
      void readPost(request).then((post) => {
        if (request.method === 'POST') received.push(post)
        response.end('The client')
      })
    }).listen(0, '127.0.0.1')
    await once(client, 'listening')
    callback = `http://127.0.0.1:${(client.address() as AddressInfo).port}/callback`
    party = await registerRelyingParty(world, {
      tenant,
      name: 'Ledger Pro',
      metadata: { redirect_uris: [callback] },
    })
  })
  beforeEach(async () => {
    ana = await world.enroll(tenant)
    received.length = 0
  })
  afterEach(() => browser.close())
  afterAll(async () => {
    client.closeAllConnections()
    client.close()
    await world.close()
  })

  it('goes on by itself where scripts run, under a policy without exceptions', async () => {
    browser = await world.newBrowser()
    const page = await browser.newPage()
    const complaints = keepComplaints(page)
    const verifier = await signInFor(page)
    // The page sends the form by itself with the last digit.
    await page.locator('#code').pressSequentially(ana.app.code())
    await page.waitForURL(callback)

    await expectTokens(verifier)
    expect(complaints).toEqual([])
  })

  it('goes on by its button where no script runs', async () => {
    browser = await world.newBrowser({ javaScriptEnabled: false })
    const page = await browser.newPage()
    const complaints = keepComplaints(page)
    const verifier = await signInFor(page)
    await page.fill('#code', ana.app.code())
    await page.locator('main button.primary').first().click()
    await page.waitForSelector('form[data-send-at-once]')
    const said = await page.textContent('main')
    expect(said).toContain('Ledger Pro')
    expect(said).toContain(new URL(callback).host)
    expect(received).toEqual([])
    await page.locator('main button.primary').click()
    await page.waitForURL(callback)

    await expectTokens(verifier)
    expect(complaints).toEqual([])
  })

  async function signInFor(page: Page): Promise<string> {
    const verifier = oidc.randomPKCECodeVerifier()
    const url = oidc.buildAuthorizationUrl(party.config, {
      redirect_uri: callback,
      scope: 'openid',
      response_mode: 'form_post',
      state: 'state-1',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    await page.goto(url.href)
    await typePassword(page, ana.actor)
    await page.waitForURL(/\/sign-in\/verify/)
    return verifier
  }

  async function expectTokens(verifier: string): Promise<void> {
    expect(received).toHaveLength(1)
    const [{ form, origin } = { form: '', origin: '' }] = received
    expect(origin).toBe(world.baseUrl)
    const request = new Request(callback, { method: 'POST', body: new URLSearchParams(form) })
    const tokens = await oidc.authorizationCodeGrant(party.config, request, {
      pkceCodeVerifier: verifier,
      expectedState: 'state-1',
    })
    expect(tokens.claims()).toMatchObject({ sub: ana.actor.userId })
  }
})

async function readPost(request: IncomingMessage) {
  return { form: await text(request), origin: request.headers.origin }
}

function keepComplaints(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/favicon/.test(message.text())) {
      complaints.push(message.text())
    }
  })
  return complaints
}
