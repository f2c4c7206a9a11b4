import type { Page } from 'playwright-core'
import type { Actor } from '../support/actors.ts'
import { AuthenticatorApp } from '../support/authenticator-app.ts'
import type { MfaActor } from '../support/mfa-actor.ts'
import type { PartyWorld } from './open-party-world.ts'

/** On the hosted page that the browser was sent to: password, then the code of the app. */
export async function signInByHand(page: Page, { actor, app }: MfaActor): Promise<void> {
  await typePassword(page, actor)
  await page.waitForURL(/\/sign-in\/verify/)
  // The page sends the form by itself with the last digit.
  await page.locator('#code').pressSequentially(app.code())
  await page.waitForURL((url) => !url.pathname.includes('/sign-in/'))
}

/** The tenant demands a second factor and the user has none: the pages enrol one on the way. */
export async function enrollByHand(page: Page, actor: Actor, world: PartyWorld): Promise<void> {
  await typePassword(page, actor)
  await page.waitForURL(/\/sign-in\/enroll/)
  await page.click('main button.primary')
  const secret = (await page.locator('.secret').textContent())?.replaceAll(' ', '') ?? ''
  await page.locator('#code').pressSequentially(new AuthenticatorApp(secret, world.clock).code())
  await page.waitForSelector('#saved')
  await page.check('#saved')
  await page.click('main button.primary')
}

/** What a page asks before it lets a client of others have anything. */
export async function decideConsent(page: Page, decision: 'allow' | 'deny'): Promise<string> {
  const button = page.locator(`button[name=decision][value=${decision}]`)
  await button.waitFor()
  const asked = (await page.locator('main').textContent()) ?? ''
  await button.click()
  return asked
}

/** The first page, where somebody proves who they are, or does so once more. */
export async function typePassword(page: Page, { identity }: Actor): Promise<void> {
  await page.waitForURL(/\/sign-in\?/)
  await page.fill('#email', identity.email)
  await page.fill('#password', identity.password)
  await page.locator('main button.primary').first().click()
}
