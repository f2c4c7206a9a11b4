import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { skipWithoutChromium } from '../webauthn/chromium.ts'
import { findFreePort } from './find-free-port.ts'
import { openPartyWorld, type PartyWorld } from './open-party-world.ts'
import { decideConsent, signInByHand } from './sign-in-by-hand.ts'
import { type RunningExample, startExample } from './start-example.ts'
import { startTlsProxy, type TlsProxy } from './start-tls-proxy.ts'

/** `examples/relying-parties/fapi-client.ts`, behind a proxy that ends TLS. */
describe.skipIf(skipWithoutChromium())('a FAPI 2.0 client with oauth4webapi', () => {
  let world: PartyWorld
  let tenant: Tenant
  let folder: string
  let clientId: string
  let app: RunningExample
  let proxy: TlsProxy
  let page: Page

  beforeAll(async () => {
    world = await openPartyWorld()
    tenant = await world.tenant()
    const port = await findFreePort()
    proxy = await startTlsProxy(port)
    folder = await mkdtemp(path.join(tmpdir(), 'countersign-fapi-'))
    const keyFile = path.join(folder, 'client-key.json')
    const maker = startExample('make-key.ts', { KEY_FILE: keyFile })
    await maker.exited
    const { x, y } = JSON.parse(maker.output()) as { x: string; y: string }
    const client = await world.register(tenant, 'fapi2.json', {
      'https://127.0.0.1:4850': proxy.origin,
      PUBLIC_X: x,
      PUBLIC_Y: y,
    })
    clientId = client.id
    app = startExample('fapi-client.ts', {
      ISSUER: tenant.issuer,
      CLIENT_ID: client.id,
      REDIRECT_URI: `${proxy.origin}/callback`,
      KEY_FILE: keyFile,
      PORT: String(port),
    })
    await app.until('listening')
    page = await (await world.newBrowser({ ignoreHTTPSErrors: true })).newPage()
  })
  afterAll(async () => {
    await app.stop()
    await proxy.stop()
    await world.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('FAPI 2.0 §5.3: PAR, private_key_jwt and DPoP, with a user who has a second factor', async () => {
    const ana = await world.enroll(tenant)
    const addresses: string[] = []
    page.on('request', (request) => addresses.push(request.url()))
    await page.goto(`${proxy.origin}/login`)
    await signInByHand(page, ana)
    await decideConsent(page, 'allow')
    await page.waitForURL(/callback/)

    const facts = JSON.parse((await page.textContent('body')) ?? '') as Record<string, unknown>
    expect(facts, app.output()).toMatchObject({
      tokenType: 'dpop',
      claims: { aud: clientId, sub: ana.actor.userId, acr: 'urn:countersign:acr:mfa' },
      profile: { email: ana.actor.identity.email },
    })
    const authorize = new URL(addresses.find((url) => url.includes('/oauth/authorize?')) ?? '')
    // RFC 9126: the browser carries a reference and nothing of the request.
    expect([...authorize.searchParams.keys()]).toEqual(['client_id', 'request_uri'])
  })

  it('FAPI 2.0 §5.3.2.2: a request that was not pushed gets nowhere', async () => {
    const url = new URL(`${tenant.issuer}/oauth/authorize`)
    url.search = new URLSearchParams({
      client_id: clientId,
      redirect_uri: `${proxy.origin}/callback`,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    }).toString()
    await page.goto(url.href)

    expect(new URL(page.url()).searchParams.get('code')).toBeNull()
    expect(new URL(page.url()).searchParams.get('error')).toBe('invalid_request')
  })
})
