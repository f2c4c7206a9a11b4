import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { systemClock, toNumericDate } from '../../src/kernel/index.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import { findFreePort } from './find-free-port.ts'
import {
  EXAMPLE_ORIGIN,
  openPartyWorld,
  type PartyWorld,
  type Registered,
} from './open-party-world.ts'
import { decideConsent, enrollByHand } from './sign-in-by-hand.ts'
import { type RunningExample, startExample } from './start-example.ts'

interface Facts {
  readonly claims: Record<string, unknown>
  readonly profile: Record<string, unknown>
}

/** `examples/relying-parties/web-app.ts`: openid-client in a process of its own. */
describe.skipIf(skipWithoutChromium())('a web application with openid-client', () => {
  let world: PartyWorld
  let tenant: Tenant
  let client: Registered
  let app: RunningExample
  let appUrl: string
  let browser: BrowserContext
  let page: Page

  beforeAll(async () => {
    world = await openPartyWorld()
    tenant = await world.tenant()
    const appOrigin = `http://127.0.0.1:${await findFreePort()}`
    appUrl = `${appOrigin}/`
    client = await world.register(tenant, 'web.json', { [EXAMPLE_ORIGIN]: appOrigin })
    await demandSecondFactor()
    app = await start()
  })
  beforeEach(async () => {
    browser = await world.newBrowser()
    page = await browser.newPage()
  })
  afterEach(() => browser.close())
  afterAll(async () => {
    await app.stop()
    await world.close()
  })

  it('signs a user of a fresh tenant in with a second factor, asks, refreshes, signs out', async () => {
    const ben = await world.actors.user({ tenant })
    await page.goto(appUrl)
    await page.click('a')
    await enrollByHand(page, ben, world)
    const asked = await decideConsent(page, 'allow')
    await page.waitForURL(appUrl)

    expect(asked).toContain('Orders')
    const { claims, profile } = await readFacts()
    expect(claims).toMatchObject({
      iss: tenant.issuer,
      aud: client.id,
      sub: ben.userId,
      acr: 'urn:countersign:acr:mfa',
    })
    expect(claims['amr']).toEqual(expect.arrayContaining(['pwd', 'otp']))
    const age = toNumericDate(systemClock.now()) - Number(claims['auth_time'])
    expect(age).toBeGreaterThanOrEqual(0)
    expect(age).toBeLessThan(60)
    expect(await world.liveSessions(ben)).toEqual([claims['sid']])
    expect(profile).toMatchObject({ sub: ben.userId, email: ben.identity.email })
    expect(profile['email_verified']).toBe(true)

    await page.click('#refresh')
    await page.waitForURL(appUrl)
    expect(await page.textContent('pre')).toContain(ben.userId)

    await page.click('#logout')
    await page.click('button[name=logout]')
    await page.waitForURL(appUrl)
    expect(await page.textContent('body')).toBe('Sign in')
    expect(await world.liveSessions(ben)).toEqual([])

    // The session is over at the server, too: the password is asked for again.
    await page.click('a')
    await page.waitForURL(/\/sign-in\?/)
  })

  it('RFC 6749 §4.1.2.1: tells the application that the user refused', async () => {
    await page.goto(appUrl)
    await page.click('a')
    await enrollByHand(page, await world.actors.user({ tenant }), world)
    await decideConsent(page, 'deny')
    await page.waitForURL(/\/callback\?/)

    expect(await page.textContent('body')).toBe('Sign-in did not work: access_denied.')
  })

  async function start(): Promise<RunningExample> {
    const started = startExample('web-app.ts', {
      APP_URL: appUrl,
      ISSUER: tenant.issuer,
      CLIENT_ID: client.id,
      CLIENT_SECRET: client.secret,
    })
    await started.until('listening')
    return started
  }

  async function demandSecondFactor(): Promise<void> {
    const system = await world.app.tenants.findBySlug('system')
    if (system === undefined) throw new Error('the system tenant is missing')
    const settings = { mfa_policy: 'required' } as const
    await world.app.tenants.update(world.internalContext(system), tenant.id, { settings })
    // Settings are remembered for two seconds.
    world.app.directory.forget(tenant.slug)
  }

  async function readFacts(): Promise<Facts> {
    return JSON.parse((await page.textContent('pre')) ?? '') as Facts
  }
})
