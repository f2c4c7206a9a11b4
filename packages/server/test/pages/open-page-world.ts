import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { FakeClock } from '../support/fake-clock.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { launchChromium } from '../webauthn/chromium.ts'

/** A whole server that listens, and a browser that keeps what its console says. */
export interface PageWorld extends World {
  readonly browser: BrowserContext
  readonly baseUrl: string
  /** Errors of the console and reports of the policy, since the last time it was asked. */
  takeComplaints(): string[]
  newPage(): Promise<Page>
  urlOf(tenant: Tenant, path: string): string
}

export async function openPageWorld(options: { clock?: FakeClock } = {}): Promise<PageWorld> {
  const port = await findFreePort()
  const baseUrl = `http://localhost:${port}`
  const world = await openWorld({ ...options, env: { COUNTERSIGN_BASE_URL: baseUrl } })
  await world.app.http.listen({ port, host: '127.0.0.1' })
  const { context: browser, close } = await launchChromium()
  let complaints: string[] = []
  const newPage = async () => {
    const page = await browser.newPage()
    page.on('console', (message) => {
      // A form that is shown again with what to correct is no error of the page.
      if (message.type() !== 'error' || / 4\d\d /.test(message.text())) return
      complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    return page
  }
  return {
    ...world,
    browser,
    baseUrl,
    newPage,
    takeComplaints: () => {
      const taken = complaints
      complaints = []
      return taken
    },
    urlOf: (tenant, path) => `${baseUrl}/t/${tenant.slug}${path}`,
    close: async () => {
      await close()
      await world.close()
    },
  }
}

/** An authenticator that needs no hand, for one page. */
export async function addAuthenticator(page: Page): Promise<CDPSession> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return cdp
}

async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
