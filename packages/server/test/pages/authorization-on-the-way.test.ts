import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oidc from 'openid-client'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { decodeClaims } from '../support/decode-claims.ts'
import { registerRelyingParty, type RelyingParty } from '../support/relying-party.ts'
import { RunningClock } from '../support/running-clock.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import { openPageWorld, type PageWorld } from './open-page-world.ts'

const PASSWORD = 'plum-orbit-lantern-42'

/** What browsers really do with cookies, redirects and policies while a client waits. */
describe.skipIf(skipWithoutChromium())('an authorization on its way', () => {
  let world: PageWorld
  let acme: Tenant
  let page: Page
  let client: Server
  let callback: string
  let party: RelyingParty
  /** What the client's own page contains. */
  let clientPage = ''

  beforeAll(async () => {
    world = await openPageWorld({ clock: new RunningClock() })
    acme = await world.tenant()
    await world.actors.user({ tenant: acme, email: 'ana@acme.test' })
    await world.actors.user({ tenant: acme, email: 'bob@acme.test' })
    page = await world.newPage()
    client = createServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<!doctype html><title>Client</title>${clientPage}`)
    })
    await new Promise<void>((resolve) => client.listen(0, '127.0.0.1', resolve))
    callback = `http://127.0.0.1:${(client.address() as AddressInfo).port}/callback`
    party = await registerRelyingParty(world, {
      tenant: acme,
      profile: 'native',
      isFirstParty: false,
      authentication: oidc.None(),
      metadata: { redirect_uris: ['http://127.0.0.1/callback'], scope: 'openid email' },
    })
  })
  beforeEach(() => page.context().clearCookies())
  afterAll(async () => {
    client.closeAllConnections()
    client.close()
    await world.close()
  })

  const submit = () => page.locator('main button.primary').first().click()
  const signIn = async (email: string) => {
    await page.waitForSelector('#password')
    await page.fill('#email', email)
    await page.fill('#password', PASSWORD)
    await submit()
  }
  const begin = async () => {
    const verifier = oidc.randomPKCECodeVerifier()
    const url = oidc.buildAuthorizationUrl(party.config, {
      redirect_uri: callback,
      scope: 'openid email',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    return { verifier, url }
  }
  const subject = async (verifier: string) => {
    await page.waitForURL(/callback\?code=/)
    const tokens = await oidc.authorizationCodeGrant(party.config, new URL(page.url()), {
      pkceCodeVerifier: verifier,
    })
    return decodeClaims(tokens.id_token ?? '')['email'] ?? tokens.claims()?.sub
  }
  const idOf = async (email: string) => {
    const users = await world.app.identity.listUsers(world.internalContext(acme), {
      after: undefined,
      limit: 10,
    })
    return users.find((user) => user.email === email)?.id
  }

  it('goes on as the account that was chosen at the consent page', {
    timeout: 90_000,
  }, async () => {
    const { url, verifier } = await begin()
    await page.goto(url.href)
    await signIn('ana@acme.test')
    await page.waitForSelector('.grants')

    await page.click('a[href*="reason=reauthenticate"]')
    await signIn('bob@acme.test')
    await page.waitForSelector('.grants')
    expect(await page.textContent('main')).toContain('bob@acme.test')
    await submit()

    expect(await subject(verifier)).toBe(await idOf('bob@acme.test'))
    expect(world.takeComplaints()).toEqual([])
  })

  it('OIDC Core §3.1.2.1: begins by a form of another site, with the session there is', {
    timeout: 90_000,
  }, async () => {
    await page.goto(world.urlOf(acme, '/sign-in'))
    await signIn('ana@acme.test')
    await page.waitForURL(/account/)
    const { url, verifier } = await begin()
    const fields = [...url.searchParams].map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
    )
    const action = `${url.origin}${url.pathname}`
    clientPage = `<form method="post" action="${action}">${fields.join('')}<button>Go</button></form>`

    await page.goto(callback)
    await page.click('button')
    await page.waitForSelector('.grants')
    await submit()

    expect(await subject(verifier)).toBe(await idOf('ana@acme.test'))
    expect(world.takeComplaints()).toEqual([])
  })
})
