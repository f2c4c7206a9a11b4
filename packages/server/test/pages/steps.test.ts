import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import { inspectPage } from './inspect-page.ts'
import { openPageWorld, type PageWorld } from './open-page-world.ts'

const PASSWORD = 'plum-orbit-lantern-42'

/** Steps of a sign-in that the tenant asks for, in a real browser. */
describe.skipIf(skipWithoutChromium())('the further steps of a sign-in', () => {
  let world: PageWorld
  let page: Page

  beforeAll(async () => {
    world = await openPageWorld()
    page = await world.newPage()
  })

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
    for (const path of ['/forgot', '/unlock/request', '/sign-in/email']) {
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
})
