import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oidc from 'openid-client'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { REDIRECT_URI, registerRelyingParty } from '../support/relying-party.ts'
import { RunningClock } from '../support/running-clock.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import { inspectPage } from './inspect-page.ts'
import { openPageWorld, type PageWorld } from './open-page-world.ts'

const PASSWORD = 'plum-orbit-lantern-42'
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const API = 'https://api.example'
const BYE = 'https://app.example/bye'

/** The pages that the engine shows, on its own ways, in a real browser. */
describe.skipIf(skipWithoutChromium())('the pages of the authorization server', () => {
  let world: PageWorld
  let acme: Tenant
  let page: Page
  let email: string
  /** Where the browser comes back to. */
  let client: Server

  beforeAll(async () => {
    world = await openPageWorld({ clock: new RunningClock() })
    acme = await world.tenant(undefined, { audiences: [API] })
    email = 'ana@acme.test'
    await world.actors.user({ tenant: acme, email })
    page = await world.newPage()
    client = createServer((_, response) => response.end('The client'))
    await new Promise<void>((resolve) => client.listen(0, '127.0.0.1', resolve))
  })

  beforeEach(() => page.context().clearCookies())
  afterAll(async () => {
    client.closeAllConnections()
    client.close()
    await world.close()
  })

  const submit = () => page.locator('main button.primary').first().click()
  const signIn = async () => {
    await page.waitForSelector('#password')
    await page.fill('#email', email)
    await page.fill('#password', PASSWORD)
    await submit()
  }

  it('connect a device, which gets its tokens', { timeout: 90_000 }, async () => {
    const party = await registerRelyingParty(world, {
      tenant: acme,
      name: 'Acme TV',
      profile: 'native',
      isFirstParty: true,
      authentication: oidc.None(),
      metadata: {
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token', DEVICE],
      },
    })
    const device = await oidc.initiateDeviceAuthorization(party.config, { scope: 'openid' })
    await page.goto(device.verification_uri)
    await signIn()
    await page.waitForSelector('#user_code')
    await inspectPage(page, 'engine-device-code')
    await page.fill('#user_code', 'WDJB-MJHT')
    await submit()
    await page.waitForSelector('.alert')
    await inspectPage(page, 'engine-device-code-wrong')
    await page.fill('#user_code', device.user_code)
    await submit()
    await page.waitForSelector('.user-code')
    await inspectPage(page, 'engine-device-confirm')
    const facts = await page.textContent('.facts')
    for (const fact of [device.user_code, 'Acme TV', '127.0.0.1', ' UTC']) {
      expect(facts).toContain(fact)
    }
    await submit()
    await page.waitForSelector('.done-mark')
    await inspectPage(page, 'engine-device-done')
    const parameters = { device_code: device.device_code }
    const tokens = await oidc.genericGrantRequest(party.config, DEVICE, parameters)
    expect(tokens.access_token).toBeTruthy()
    expect(world.takeComplaints()).toEqual([])
  })

  it('ask for a payment, list what is connected, and disconnect it', {
    timeout: 120_000,
  }, async () => {
    const party = await registerRelyingParty(world, {
      tenant: acme,
      name: 'Ledger Pro',
      profile: 'native',
      isFirstParty: false,
      authentication: oidc.None(),
      metadata: {
        redirect_uris: ['http://127.0.0.1/callback'],
        scope: 'openid email read',
        resources: [API],
        authorization_details_types: ['payment_initiation'],
      },
    })
    const ask = async (more: Record<string, string>) => {
      const verifier = oidc.randomPKCECodeVerifier()
      const url = await oidc.buildAuthorizationUrlWithPAR(party.config, {
        redirect_uri: `http://127.0.0.1:${(client.address() as AddressInfo).port}/callback`,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        resource: API,
        ...more,
      })
      await page.goto(url.href)
      return verifier
    }
    await ask({ scope: 'openid email read' })
    await signIn()
    await page.waitForSelector('.grants')
    await inspectPage(page, 'engine-consent')
    await submit()
    await page.waitForURL(/callback\?code=/)
    const details = [PAYMENT]
    await ask({ scope: 'openid read', authorization_details: JSON.stringify(details) })
    await page.waitForSelector('.transaction')
    await inspectPage(page, 'engine-payment')
    expect(await page.textContent('.transaction')).toContain('Nordlicht Energie GmbH')
    await page.click('button[value=deny]')
    await page.waitForURL(/callback\?error=access_denied/)

    await page.goto(world.urlOf(acme, '/account/applications'))
    await inspectPage(page, 'applications')
    expect(await page.textContent('main')).toContain('See your e-mail address')
    await page.click('.row-actions a')
    await inspectPage(page, 'disconnect')
    await page.click('main button.danger')
    await page.waitForSelector('.alert-success')
    await inspectPage(page, 'applications-empty')
    await page.goto(world.urlOf(acme, '/account/activity'))
    expect(await page.textContent('main')).toContain('Application disconnected')
    expect(world.takeComplaints()).toEqual([])
  })

  it('sign out at the request of a client, and say what was wrong with one', {
    timeout: 90_000,
  }, async () => {
    const party = await registerRelyingParty(world, {
      tenant: acme,
      name: 'Ledger Pro',
      metadata: { redirect_uris: [REDIRECT_URI], post_logout_redirect_uris: [BYE] },
    })
    await page.goto(world.urlOf(acme, '/sign-in'))
    await signIn()
    await page.waitForURL(/account$/)
    const logout = oidc.buildEndSessionUrl(party.config, { client_id: party.clientId })
    await page.goto(logout.href)
    await inspectPage(page, 'engine-logout')
    await submit()
    await page.waitForSelector('.done-mark')
    await inspectPage(page, 'engine-logged-out')
    await page.goto(world.urlOf(acme, '/account'))
    await page.waitForURL(/sign-in/)

    const foreign = oidc.buildAuthorizationUrl(party.config, {
      redirect_uri: 'https://evil.example/callback',
      scope: 'openid',
    })
    await page.goto(foreign.href)
    await inspectPage(page, 'engine-error')
    expect(await page.textContent('main')).toMatch(/req_\w{20,}/)
    expect(world.takeComplaints()).toEqual([])
  })
})

const PAYMENT = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '12345.67' },
  creditorName: 'Nordlicht Energie GmbH',
  creditorAccount: { iban: 'DE02120300000000202051' },
  remittanceInformationUnstructured: 'Invoice 2026-0417',
}
