import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { days } from '../../src/kernel/index.ts'
import { MfaActor } from '../support/mfa-actor.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import { inspectPage } from './inspect-page.ts'
import { addAuthenticator, openPageWorld, type PageWorld } from './open-page-world.ts'

const PASSWORD = 'plum-orbit-lantern-42'

/** Steps of a sign-in that the tenant asks for, in a real browser. */
describe.skipIf(skipWithoutChromium())('the further steps of a sign-in', () => {
  let world: PageWorld
  let page: Page

  beforeAll(async () => {
    world = await openPageWorld()
    page = await world.newPage()
  })

  beforeEach(() => page.context().clearCookies())
  afterAll(() => world.close())

  const open = (path: string, tenant: Tenant) => page.goto(world.urlOf(tenant, path))
  const submit = () => page.locator('main button.primary').first().click()
  const fillIn = async (email: string, password = PASSWORD) => {
    await page.fill('#email', email)
    await page.fill('#password', password)
    await submit()
  }
  const linkTo = async (email: string, path: string) => {
    const find = () =>
      new RegExp(`(http\\S+/${path}#\\S+)`).exec(
        world.mailbox.list({ to: email })[0]?.text ?? '',
      )?.[1]
    await expect.poll(find, { timeout: 5000 }).toBeDefined()
    return find() ?? ''
  }

  it('solve the puzzle of a form before it is sent', { timeout: 120_000 }, async () => {
    const tenant = await world.tenant(undefined, {
      captcha_policy: 'always',
      email_sign_in_methods: ['link', 'code'],
    })
    const { identity } = await world.actors.user({ tenant })
    await open('/sign-in', tenant)
    await inspectPage(page, 'captcha')
    await fillIn(identity.email)
    await page.waitForURL(/account$/)
    await page.context().clearCookies()
    for (const path of ['/forgot', '/unlock/request', '/verify-email/resend', '/sign-in/email']) {
      await open(path, tenant)
      await page.fill('#email', identity.email)
      await submit()
      await page.waitForURL(/\/sent/)
    }
    await open('/register', tenant)
    await page.fill('#email', 'new@acme.test')
    await page.fill('#password', PASSWORD)
    await submit()
    await page.waitForURL(/register\/sent/)
    await open('/sign-in', tenant)
    await fillIn('new@acme.test')
    await page.click('form[action$="/verify-email/resend"] button')
    await page.waitForURL(/verify-email\/sent/)
    expect(world.takeComplaints()).toEqual([])
  })

  it('ask for a puzzle after failures, and never send the password back', async () => {
    const tenant = await world.tenant()
    const { identity } = await world.actors.user({ tenant })
    await open('/sign-in', tenant)
    for (let failure = 0; failure < 3; failure += 1) {
      await fillIn(identity.email, 'wrong-horse-battery')
      await page.waitForSelector('.alert')
    }
    expect(await page.inputValue('#password')).toBe('')
    expect(await page.content()).not.toContain('wrong-horse')
    await fillIn(identity.email)
    await page.waitForURL(/account$/)
    expect(world.takeComplaints()).toEqual([])
  })

  it('sign in by a link, after a click, in the browser that asked', {
    timeout: 120_000,
  }, async () => {
    const tenant = await world.tenant(undefined, { email_sign_in_methods: ['link', 'code'] })
    const { email } = (await world.actors.user({ tenant })).identity
    await open('/account/security', tenant)
    await inspectPage(page, 'sign-in-with-mail')
    await page.click('.other-ways a')
    await inspectPage(page, 'email-request')
    await page.fill('#email', email)
    await page.click('button[value=link]')
    await page.waitForURL(/email\/sent/)
    await inspectPage(page, 'email-sent')
    await page.goto(await linkTo(email, 'magic-link'))
    await inspectPage(page, 'magic-link')
    expect((await page.context().cookies()).some(({ name }) => /session/.test(name))).toBe(false)
    await submit()
    await page.waitForURL(/account\/security$/)
    expect(world.takeComplaints()).toEqual([])
  })

  it('do not sign in by a link that another browser asked for', { timeout: 60_000 }, async () => {
    const tenant = await world.tenant(undefined, { email_sign_in_methods: ['link'] })
    const { email } = (await world.actors.user({ tenant })).identity
    await world.actors.nobody(tenant).call('POST', '/api/auth/magic-link', { email, kind: 'link' })
    await page.goto(await linkTo(email, 'magic-link'))
    await submit()
    await page.waitForSelector('.alert')
    await inspectPage(page, 'magic-link-refused')
    expect((await page.context().cookies()).some(({ name }) => /session/.test(name))).toBe(false)
    expect(world.takeComplaints()).toEqual([])
  })

  it('sign in by a code of a message', { timeout: 60_000 }, async () => {
    const tenant = await world.tenant(undefined, { email_sign_in_methods: ['code'] })
    const { email } = (await world.actors.user({ tenant })).identity
    await open('/sign-in/email', tenant)
    await page.fill('#email', email)
    await submit()
    await page.waitForURL(/email\/code/)
    await inspectPage(page, 'email-code')
    const find = () => /code: (\d{8})/.exec(world.mailbox.list({ to: email })[0]?.text ?? '')?.[1]
    await expect.poll(find, { timeout: 5000 }).toBeDefined()
    await page.fill('#code', find() ?? '')
    await page.waitForURL(/account$/)
    expect(world.takeComplaints()).toEqual([])
  })

  it('end the delay of an account by a message', { timeout: 60_000 }, async () => {
    const tenant = await world.tenant()
    const { email } = (await world.actors.user({ tenant })).identity
    await open('/sign-in', tenant)
    await fillIn(email, 'wrong-horse-battery')
    await page.waitForSelector('.alert')
    await inspectPage(page, 'sign-in-trouble')
    await page.click('.other-ways a')
    await inspectPage(page, 'unlock-request')
    await page.fill('#email', email)
    await submit()
    await page.waitForURL(/unlock\/sent/)
    await page.goto(await linkTo(email, 'unlock'))
    await inspectPage(page, 'unlock')
    await submit()
    await page.waitForSelector('.done-mark')
    await inspectPage(page, 'unlock-done')
    expect(world.takeComplaints()).toEqual([])
  })

  it('replace a password that must be replaced', { timeout: 60_000 }, async () => {
    const tenant = await world.tenant(undefined, { password_profile: 'pci-dss' })
    const user = await world.actors.user({ tenant })
    world.clock.advance(days(91))
    await open('/sign-in', tenant)
    await fillIn(user.identity.email)
    await page.waitForURL(/new-password/)
    await inspectPage(page, 'new-password')
    await page.fill('#new_password', PASSWORD)
    await submit()
    await page.waitForSelector('.alert')
    await page.fill('#new_password', 'walnut-ferry-cobalt-77')
    await submit()
    await page.waitForURL(/account$/)
    expect(world.takeComplaints()).toEqual([])
  })

  it('make a passkey where the tenant wants nothing less', { timeout: 60_000 }, async () => {
    const cdp = await addAuthenticator(page)
    const tenant = await world.tenant(undefined, { mfa_policy: 'phishing_resistant' })
    const { email } = (await world.actors.user({ tenant })).identity
    await open('/sign-in', tenant)
    await fillIn(email)
    await page.waitForURL(/enroll/)
    await inspectPage(page, 'enroll-passkey')
    await submit()
    await page.waitForSelector('.codes')
    await page.check('#saved')
    await submit()
    await page.waitForURL(/account$/)
    await cdp.send('WebAuthn.disable')
    expect(world.takeComplaints()).toEqual([])
  })

  it('trust a device, which is then not asked, and can be forgotten', {
    timeout: 90_000,
  }, async () => {
    const tenant = await world.tenant(undefined, { trusted_device_days: 14 })
    const { actor, app } = await MfaActor.enroll(
      await world.actors.signedIn({ tenant }),
      world.clock,
    )
    const { email } = actor.identity
    await open('/sign-in', tenant)
    await fillIn(email)
    await page.waitForURL(/verify/)
    await inspectPage(page, 'verify-trust')
    world.clock.advance({ milliseconds: 30_000 })
    await page.fill('#code', app.code())
    await page.check('#trust_device')
    await submit()
    await page.waitForURL(/account$/)
    await open('/sign-out', tenant)
    await submit()
    await open('/sign-in', tenant)
    await fillIn(email)
    await page.waitForURL(/account$/)
    await open('/account/sessions', tenant)
    await inspectPage(page, 'devices')
    expect(await page.textContent('main')).toContain('no second step until')
    expect(world.takeComplaints()).toEqual([])
  })

  it('ask again before an address is changed, and come back', { timeout: 90_000 }, async () => {
    const tenant = await world.tenant()
    const { email } = (await world.actors.user({ tenant })).identity
    await open('/sign-in', tenant)
    await fillIn(email)
    await page.waitForURL(/account$/)
    world.clock.advance({ milliseconds: 20 * 60_000 })
    await page.click('a[href$="/account/email"]')
    await page.waitForURL(/step-up/)
    await page.fill('#password', PASSWORD)
    await submit()
    await page.waitForURL(/account\/email$/)
    await inspectPage(page, 'change-email')
    await page.fill('#new_email', `new.${email}`)
    await submit()
    await page.waitForSelector('.alert-success')
    await page.goto(await linkTo(email, 'undo-email'))
    await inspectPage(page, 'undo-email')
    await page.goto(await linkTo(`new.${email}`, 'confirm-email'))
    await inspectPage(page, 'confirm-email')
    await submit()
    await page.waitForSelector('.done-mark')
    expect(world.takeComplaints()).toEqual([])
  })
})
