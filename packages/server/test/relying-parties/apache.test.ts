import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import { skipWithoutApache, startApache } from './apache.ts'
import { findFreePort } from './find-free-port.ts'
import { EXAMPLE_ORIGIN, openPartyWorld, type PartyWorld } from './open-party-world.ts'
import { decideConsent, signInByHand } from './sign-in-by-hand.ts'

const isSkipped = [skipWithoutChromium(), skipWithoutApache()].includes(true)

/** A certified relying party that is none of ours, as Debian delivers it. */
describe.skipIf(isSkipped)('Apache with mod_auth_openidc', () => {
  let world: PartyWorld
  let tenant: Tenant
  let apache: Awaited<ReturnType<typeof startApache>> | undefined
  let home: string
  let page: Page

  beforeAll(async () => {
    world = await openPartyWorld()
    tenant = await world.tenant()
    const port = await findFreePort()
    home = `http://127.0.0.1:${port}/`
    const client = await world.register(tenant, 'apache.json', {
      [EXAMPLE_ORIGIN]: `http://127.0.0.1:${port}`,
    })
    apache = await startApache({ issuer: tenant.issuer, client, port })
    page = await (await world.newBrowser()).newPage()
  })
  afterAll(async () => {
    await apache?.stop()
    await world.close()
  })

  it('shows a protected page to a user who signed in with a second factor, until they sign out', async () => {
    const ana = await world.enroll(tenant)
    await page.goto(`${home}protected/`)
    await signInByHand(page, ana)
    await decideConsent(page, 'allow')
    await page.waitForURL(`${home}protected/`)

    expect(await page.textContent('#email'), apache?.output()).toBe(ana.actor.identity.email)
    expect(await page.textContent('#sub')).toBe(ana.actor.userId)
    expect(await page.textContent('#acr')).toBe('urn:countersign:acr:mfa')

    await page.goto(`${home}protected/callback?logout=${encodeURIComponent(home)}`)
    await page.click('button[name=logout]')
    await page.waitForURL(home)
    await page.goto(`${home}protected/`)
    expect(new URL(page.url()).pathname).toBe(`/t/${tenant.slug}/sign-in`)
  })
})
