import { readdir, readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { tokenFromMail } from '../attacks/read-mail.ts'
import { AuthenticatorApp } from '../support/authenticator-app.ts'
import { MfaActor } from '../support/mfa-actor.ts'
import { launchChromium, skipWithoutChromium } from '../webauthn/chromium.ts'
import { addAuthenticator, openPageWorld, type PageWorld } from './open-page-world.ts'

const PASSWORD = 'plum-orbit-lantern-42'

describe.skipIf(skipWithoutChromium())('signing in on the pages', () => {
  let world: PageWorld
  let acme: Tenant
  let page: Page

  beforeAll(async () => {
    world = await openPageWorld()
    acme = await world.tenant()
  })

  beforeEach(async () => {
    await world.browser.clearCookies()
    page = await world.newPage()
  })

  afterEach(async () => {
    expect(world.takeComplaints()).toEqual([])
    await page.close()
  })

  afterAll(() => world.close())

  const open = (path: string, tenant = acme) => page.goto(world.urlOf(tenant, path))

  it('works with the keyboard alone, in the order in which one reads', async () => {
    const ana = await world.actors.user({ tenant: acme })
    await open('/sign-in')

    // The first field has the focus already.
    await page.keyboard.type(ana.identity.email)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.type('wrong')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.alert')
    expect(await page.locator(':focus').getAttribute('id')).toBe('alert')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    expect(await page.locator(':focus').getAttribute('id')).toBe('password')
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press('Enter')

    await page.waitForURL(/\/account$/)
    expect(await page.textContent('.who')).toContain(ana.identity.email)
  })

  it('submits a code by itself, and asks for the same method the next time', async () => {
    const { actor, app } = await mfaActor()
    await open('/sign-in')
    await fillPassword(actor.identity.email)
    await page.waitForURL(/verify/)

    await page.keyboard.type(app.code())

    await page.waitForURL(/\/account$/)
    const cookies = await world.browser.cookies()
    expect(cookies.map(({ name }) => name)).not.toContain(`__Host-cs_${acme.slug}_pending`)
    expect(cookies.filter(({ httpOnly, secure }) => !httpOnly || !secure)).toEqual([])
  })

  it('works with a passkey by autofill, and goes where it was asked to', async () => {
    const ana = await userWithPasskey()
    const security = `/t/${acme.slug}/account/security`

    // The authenticator of this test answers as soon as the field offers it.
    await open(`/sign-in?return_to=${encodeURIComponent(security)}`)

    await page.waitForURL(/\/account\/security$/)
    expect(await page.textContent('.who')).toContain(ana.identity.email)
  })

  it('works with a passkey from the button', async () => {
    await withoutAutofill()
    const ana = await userWithPasskey()
    await open('/sign-in')

    await page.click('#passkey-sign-in button')

    await page.waitForURL(/\/account$/)
    expect(await page.textContent('.who')).toContain(ana.identity.email)
  })

  it('uses a passkey as the second factor', async () => {
    await withoutAutofill()
    const ana = await userWithPasskey()
    await open('/sign-in')
    await fillPassword(ana.identity.email)
    await page.waitForURL(/verify/)

    await page.click('main button.primary')

    await page.waitForURL(/\/account$/)
  })

  it('takes the token of a link out of the address, and waits for a click', async () => {
    const email = 'new@example.test'
    await open('/register')
    await page.fill('#email', email)
    await page.fill('#password', PASSWORD)
    await page.click('main button.primary')
    await page.waitForURL(/register\/sent/)
    const token = await tokenFromMail(world, email)

    await open(`/verify-email#${token}`)

    expect(new URL(page.url()).hash).toBe('')
    expect(await page.isVisible('#token')).toBe(false)
    await page.click('main button.primary')
    await page.waitForSelector('.done-mark')
  })

  it('works without JavaScript: enrolment, password and code', async () => {
    const strict = await world.tenant(undefined, { mfa_policy: 'required' })
    const ana = await world.actors.user({ tenant: strict })
    const chromium = await launchChromium({ javaScriptEnabled: false })
    try {
      page = await chromium.context.newPage()
      await open('/sign-in', strict)
      await fillPassword(ana.identity.email)
      await page.waitForURL(/enroll/)
      await page.click('main button.primary')
      const secret = (await page.locator('.secret').textContent())?.replaceAll(' ', '') ?? ''
      const app = new AuthenticatorApp(secret, world.clock)
      await page.fill('#code', app.code())
      await page.click('main button.primary')
      await page.check('#saved')
      await page.click('main button.primary')
      await page.waitForURL(/\/account$/)
      await chromium.context.clearCookies()
      world.clock.advance({ milliseconds: 30_000 })

      await open('/sign-in', strict)
      await fillPassword(ana.identity.email)
      await page.waitForURL(/verify/)
      await page.fill('#code', app.code())
      await page.click('main button.primary')

      await page.waitForURL(/\/account$/)
      expect(await page.textContent('.who')).toContain(ana.identity.email)
    } finally {
      await chromium.close()
      page = await world.newPage()
    }
  })

  async function userWithPasskey() {
    await addAuthenticator(page)
    const ana = await world.actors.user({ tenant: acme })
    await open('/sign-in')
    await fillPassword(ana.identity.email)
    await page.waitForURL(/\/account$/)
    await open('/account/passkeys/new')
    await page.fill('#current_password', PASSWORD)
    await page.click('main button.primary')
    await page.waitForSelector('.codes')
    await world.browser.clearCookies()
    return ana
  }

  async function withoutAutofill() {
    await page.addInitScript(
      'PublicKeyCredential.isConditionalMediationAvailable = async () => false',
    )
  }

  async function mfaActor() {
    return MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
  }

  async function fillPassword(email: string) {
    await page.fill('#email', email)
    await page.fill('#password', PASSWORD)
    await page.locator('main button.primary').first().click()
  }
})

describe('the scripts of the pages', () => {
  it('have less than 30 kB together', async () => {
    const folder = new URL('../../assets/', import.meta.url)
    const scripts = (await readdir(folder)).filter((name) => name.endsWith('.js'))
    const sizes = await Promise.all(
      scripts.map(async (name) => (await readFile(new URL(name, folder))).length),
    )

    expect(scripts).toEqual(['captcha.js', 'pages.js', 'passkey.js'])
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(30_000)
  })
})
