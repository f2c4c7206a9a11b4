import type { Page, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { MfaActor } from '../support/mfa-actor.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import {
  EXAMPLE_ORIGIN,
  openPartyWorld,
  type PartyWorld,
  type Registered,
} from './open-party-world.ts'
import { serveSpa, type SpaServer } from './serve-spa.ts'
import { decideConsent, signInByHand } from './sign-in-by-hand.ts'

/** `examples/relying-parties/spa`: a page and a script, from another site than the server. */
describe.skipIf(skipWithoutChromium())('a single-page application', () => {
  let world: PartyWorld
  let tenant: Tenant
  let client: Registered
  let spa: SpaServer
  let stranger: SpaServer
  let ana: MfaActor
  let page: Page
  const errors: string[] = []

  beforeAll(async () => {
    world = await openPartyWorld()
    tenant = await world.tenant(undefined, { refresh_grace_seconds: 0 })
    spa = await serveSpa()
    stranger = await serveSpa()
    const origins = { [EXAMPLE_ORIGIN]: new URL(spa.url).origin }
    client = await world.register(tenant, 'spa.json', origins)
    spa.settings = { issuer: tenant.issuer, client_id: client.id }
    ana = await world.enroll(tenant)
    page = await (await world.newBrowser()).newPage()
    page.on('pageerror', (error) => errors.push(String(error)))
  })
  afterAll(async () => {
    await spa.stop()
    await stranger.stop()
    await world.close()
  })

  it('signs a user in with a second factor, by requests from another origin', async () => {
    await open()
    const token = nextToken()
    await page.click('#sign-in')
    await signInByHand(page, ana)
    await decideConsent(page, 'allow')
    const facts = await readFacts()

    expect(facts).toMatchObject({
      claims: { aud: client.id, sub: ana.actor.userId, acr: 'urn:countersign:acr:mfa' },
      profile: { email: ana.actor.identity.email },
      refreshToken: true,
    })
    expect((await token).headers()['access-control-allow-origin']).toBe(new URL(spa.url).origin)
    // RFC 9700 §4.2.4: the code does not stay in the address.
    expect(page.url()).toBe(spa.url)
    expect(errors).toEqual([])
  })

  it('signs in again after a reload without a question', async () => {
    await open()
    await page.click('#sign-in')

    expect(await readFacts()).toMatchObject({ claims: { sub: ana.actor.userId } })
  })

  it('RFC 9700 §4.14.2: gets a new refresh token each time; an old one ends the grant', async () => {
    await open()
    const issued = [await tokensAfter('#sign-in'), await tokensAfter('#refresh')]
    issued.push(await tokensAfter('#refresh'))
    expect(new Set(issued).size).toBe(3)

    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: client.id,
      refresh_token: issued[0] ?? '',
    })
    const replay = await fetch(`${tenant.issuer}/oauth/token`, { method: 'POST', body })

    expect(replay.status).toBe(400)
    await page.click('#refresh')
    await page.waitForSelector('#facts:has-text("error")')
    expect(await readFacts()).toEqual({ error: 'invalid_grant' })
  })

  it('is signed out at the server, too', async () => {
    await open()
    await page.click('#sign-in')
    const { claims } = await readFacts()
    const live = () => world.liveSessions(ana.actor)
    expect(await live()).toContain(claims?.['sid'])

    await page.click('#sign-out')
    await page.click('button[name=logout]')
    await page.waitForURL(spa.url)

    expect(await live()).not.toContain(claims?.['sid'])
    await page.waitForSelector('body[data-ready]')
    await page.click('#sign-in')
    await page.waitForURL(/\/sign-in\?/)
  })

  it('gives a page of an origin that is not registered nothing to read', async () => {
    await page.goto(stranger.url)
    const read = await page.evaluate(
      async ([url, id]) => {
        const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: id ?? '' })
        return fetch(url ?? '', { method: 'POST', body }).then(
          ({ status }) => status,
          () => 'refused by the browser',
        )
      },
      [`${tenant.issuer}/oauth/token`, client.id],
    )

    expect(read).toBe('refused by the browser')
  })

  async function open(): Promise<void> {
    await page.goto(spa.url)
    await page.waitForSelector('body[data-ready]')
  }

  interface Facts {
    readonly claims?: Record<string, unknown>
  }

  async function readFacts(): Promise<Facts> {
    await page.waitForURL((url) => url.href.startsWith(spa.url))
    await page.waitForSelector('#facts:not(:empty)')
    return JSON.parse((await page.textContent('#facts')) ?? '') as Facts
  }

  /** The refresh token that the click leads to. */
  async function tokensAfter(button: string): Promise<string> {
    const answer = nextToken()
    await page.evaluate("document.querySelector('#facts').textContent = ''")
    await page.click(button)
    const { refresh_token } = (await (await answer).json()) as { refresh_token: string }
    expect(await readFacts()).toMatchObject({ claims: { sub: ana.actor.userId } })
    return refresh_token
  }

  function nextToken(): Promise<Response> {
    return page.waitForResponse((answer) => answer.url().endsWith('/oauth/token'))
  }
})
