import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { PAGE_CONTENT_SECURITY_POLICY } from '../../src/platform/http/security-headers.ts'
import { MfaActor } from '../support/mfa-actor.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import { inspectPage } from './inspect-page.ts'
import { oauthSamples } from './oauth-samples.ts'
import { addAuthenticator, openPageWorld, type PageWorld } from './open-page-world.ts'

const PASSWORD = 'plum-orbit-lantern-42'

/** Every page on two screens and in two colour schemes, as somebody meets it on the way. */
describe.skipIf(skipWithoutChromium())('the pages, looked at', () => {
  let world: PageWorld
  let acme: Tenant
  let page: Page

  beforeAll(async () => {
    world = await openPageWorld()
    acme = await world.tenant()
    page = await world.newPage()
  })

  afterAll(() => world.close())

  const open = (path: string, tenant = acme) => page.goto(world.urlOf(tenant, path))
  const submit = () => page.locator('main button.primary').first().click()
  const signIn = async (email: string, tenant = acme, path = '/sign-in') => {
    await open(path, tenant)
    await page.fill('#email', email)
    await page.fill('#password', PASSWORD)
    await submit()
  }

  it('on the way in', { timeout: 120_000 }, async () => {
    const { actor, app } = await MfaActor.enroll(
      await world.actors.signedIn({ tenant: acme }),
      world.clock,
    )
    await open('/sign-in')
    await page.waitForSelector('#passkey-sign-in:not([hidden])')
    await inspectPage(page, 'sign-in')
    await page.fill('#email', 'ana@acme.test')
    await page.fill('#password', 'wrong horse')
    await submit()
    await page.waitForSelector('.alert')
    await inspectPage(page, 'sign-in-refused')
    await signIn(actor.identity.email)
    await page.waitForURL(/verify/)
    await inspectPage(page, 'verify')
    await page.fill('#code', app.wrongCode())
    await page.waitForSelector('.alert')
    await inspectPage(page, 'verify-refused')
    await open('/sign-in/verify?method=backup_code')
    await inspectPage(page, 'verify-backup-code')
    await open('/register')
    await page.fill('#password', 'abcdefgh')
    await inspectPage(page, 'register')
    await open('/register/sent')
    await inspectPage(page, 'register-sent')
    await open('/forgot?ui_locales=de')
    await inspectPage(page, 'forgot-de')
    await open('/reset-password?ui_locales=en#some-token')
    await inspectPage(page, 'reset')
    await open('/account/nothing/here')
    await open('/verify-email')
    await inspectPage(page, 'verify-email')
    await page.goto(`${world.baseUrl}/t/nobody/sign-in`)
    await inspectPage(page, 'error')
    expect(world.takeComplaints()).toEqual([])
  })

  it('on the way to a second factor', { timeout: 120_000 }, async () => {
    const strict = await world.tenant(undefined, {
      mfa_policy: 'required',
      brand_color: '#0b6e4f',
      brand_logo: LOGO,
    })
    const actor = await world.actors.user({ tenant: strict })
    await signIn(actor.identity.email, strict)
    await page.waitForURL(/enroll/)
    await inspectPage(page, 'enroll')
    await submit()
    await page.waitForSelector('.qr-code')
    await page.click('summary')
    await inspectPage(page, 'enroll-totp')
    const secret = (await page.textContent('.secret'))?.replaceAll(' ', '') ?? ''
    const { AuthenticatorApp } = await import('../support/authenticator-app.ts')
    await page.fill('#code', new AuthenticatorApp(secret, world.clock).code())
    await page.waitForSelector('.codes')
    await inspectPage(page, 'backup-codes')
    await page.check('#saved')
    await submit()
    await page.waitForURL(/account$/)
    expect(world.takeComplaints()).toEqual([])
  })

  it('in the account', { timeout: 180_000 }, async () => {
    const cdp = await addAuthenticator(page)
    const actor = await world.actors.user({ tenant: acme, email: 'ana@acme.test' })
    await world.actors.signedIn({ tenant: acme, email: 'ben@acme.test' })
    await actor.signIn()
    await signIn('ana@acme.test', acme, '/sign-in?ui_locales=en')
    await page.waitForURL(/account$/)
    await inspectPage(page, 'account')
    await open('/account/security')
    await inspectPage(page, 'security-empty')
    await open('/account/passkeys/new')
    await inspectPage(page, 'passkey-new')
    await page.fill('#name', 'Work laptop')
    await page.fill('#current_password', PASSWORD)
    await submit()
    await page.waitForSelector('.codes')
    await page.check('#saved')
    await submit()
    await page.waitForURL(/security/)
    await inspectPage(page, 'security')
    await open('/account/password')
    await inspectPage(page, 'password')
    await open('/account/sessions')
    await inspectPage(page, 'sessions')
    await page.locator('.row-actions a').first().click()
    await page.waitForURL(/rename$/)
    await inspectPage(page, 'session-name')
    await page.fill('#name', 'Laptop im Büro mit Blick auf die Donaudampfschifffahrtsgesellsch')
    await submit()
    await page.waitForURL(/done=saved/)
    await inspectPage(page, 'sessions-named')
    await open('/account/activity')
    await inspectPage(page, 'activity')
    await open('/account/delete?ui_locales=de')
    await inspectPage(page, 'delete-de')
    await open('/account/sessions')
    await inspectPage(page, 'sessions-de')
    await open('/sign-out?ui_locales=en')
    await inspectPage(page, 'sign-out')
    world.clock.advance({ milliseconds: 6 * 60_000 })
    await open('/account/backup-codes')
    await page.waitForURL(/step-up/)
    await inspectPage(page, 'step-up')
    await cdp.send('WebAuthn.disable')
    expect(world.takeComplaints()).toEqual([])
  })

  it.each([
    ['in English', 'en', undefined],
    ['in German, with long names', 'de', LONG_NAMES],
  ])('of the OAuth endpoints %s', { timeout: 120_000 }, async (_, tag, names) => {
    for (const [sample, body] of Object.entries(oauthSamples(tag, acme.slug, names))) {
      const name = names === undefined ? sample : `${sample}-${tag}-long`
      await page.route('**/sample', (route) =>
        route.fulfill({
          body,
          contentType: 'text/html; charset=utf-8',
          headers: { 'content-security-policy': PAGE_CONTENT_SECURITY_POLICY },
        }),
      )
      await page.goto(`${world.baseUrl}/sample`)
      await inspectPage(page, name)
      await page.unroute('**/sample')
    }
    expect(world.takeComplaints()).toEqual([])
  })
})

const LONG_NAMES = {
  client: 'Haushaltsbuch-Zahlungsverkehrsübersicht für Vermögensverwaltungsgesellschaften',
  tenant: 'Raiffeisenbank Donaudampfschifffahrtsgesellschaft-Nord eG',
}
const LOGO = `data:image/svg+xml;base64,${Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 40"><rect width="40" height="40" rx="10" fill="#0b6e4f"/><path d="M11 21l6 6 12-14" fill="none" stroke="#fff" stroke-width="4"/><rect x="52" y="12" width="100" height="16" rx="8" fill="#4aa786"/></svg>',
).toString('base64')}`
