import { createServer, type AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { MfaActor } from '../support/mfa-actor.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { launchChromium, type RunningChromium, skipWithoutChromium } from '../webauthn/chromium.ts'

/** The page behind a link to sign in, in a real browser with its cookies. */
describe.skipIf(skipWithoutChromium())('the page of a link to sign in', () => {
  let world: World
  let acme: Tenant
  let browser: RunningChromium
  let page: Page
  let baseUrl: string

  beforeAll(async () => {
    const port = await findFreePort()
    baseUrl = `http://localhost:${port}`
    world = await openWorld({ env: { COUNTERSIGN_BASE_URL: baseUrl } })
    await world.app.http.listen({ port, host: '127.0.0.1' })
    acme = await world.tenant(undefined, { email_sign_in_methods: ['link'] })
    browser = await launchChromium()
    page = await browser.context.newPage()
  })
  afterAll(async () => {
    await browser.close()
    await world.close()
  })

  /** Asks in this browser, or elsewhere, and opens the link of the mail here. */
  const openLink = async (email: string, here: boolean) => {
    const body = { email, kind: 'link' }
    if (here) {
      await page.goto(`${baseUrl}/t/${acme.slug}/magic-link`)
      await page.evaluate(
        async ([url, text]) => {
          const headers = { 'content-type': 'application/json' }
          await fetch(url ?? '', { method: 'POST', headers, body: text ?? '' })
        },
        [`${baseUrl}/t/${acme.slug}/api/auth/magic-link`, JSON.stringify(body)],
      )
    } else {
      await browser.context.clearCookies()
      await world.actors.nobody(acme).call('POST', '/api/auth/magic-link', body)
    }
    const find = () =>
      /(http\S+magic-link#\S+)/.exec(world.mailbox.list({ to: email })[0]?.text ?? '')?.[1]
    await expect.poll(find, { timeout: 5000 }).toBeDefined()
    // A change of the fragment alone would not load the page again.
    await page.goto('about:blank')
    await page.goto(find() ?? '')
  }
  const cookieNames = async () => (await browser.context.cookies()).map(({ name }) => name)

  it('signs in the browser that asked, after a click and not before', async () => {
    const { email } = (await world.actors.user({ tenant: acme })).identity
    await openLink(email, true)

    expect(await cookieNames()).toEqual([`__Host-cs_${acme.slug}_email_sign_in`])
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
    expect(await cookieNames()).toEqual([`__Host-cs_${acme.slug}_session`])
  })

  it('says that a link of another browser is not valid here', async () => {
    const { email } = (await world.actors.user({ tenant: acme })).identity
    await openLink(email, false)

    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'This link is not valid any more' }).waitFor()
    expect(await cookieNames()).toEqual([])
  })

  it('says that one more step is needed where somebody has a second factor', async () => {
    const ana = await world.actors.signedIn({ tenant: acme })
    await MfaActor.enroll(ana, world.clock)
    await openLink(ana.identity.email, true)

    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'One more step is needed' }).waitFor()
    expect(await cookieNames()).toEqual([])
  })
})

function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
