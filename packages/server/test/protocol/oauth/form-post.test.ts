import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import {
  Browser,
  hiddenField,
  type RelyingParty,
  registerRelyingParty,
} from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

let world: World
let tenant: Tenant
let party: RelyingParty
let browser: Browser

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant()
  party = await registerRelyingParty(world, { tenant })
  const ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  browser = new Browser(world, ana)
})
afterAll(() => world.close())

async function ask(parameters: Record<string, string>) {
  const verifier = oidc.randomPKCECodeVerifier()
  const url = oidc.buildAuthorizationUrl(party.config, {
    redirect_uri: 'https://app.example/callback',
    scope: 'openid',
    state: '"><script>',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  })
  return { page: await browser.follow(url.href), verifier }
}

describe('OAuth 2.0 Form Post Response Mode', () => {
  it('answers by a page whose form goes to the redirect URI, and works without a script', async () => {
    const { page, verifier } = await ask({ response_mode: 'form_post', state: 'abc' })

    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('method="post" action="https://app.example/callback"')
    expect(page.body).toMatch(/<button[^>]*type="submit"/)
    const callback = new URL('https://app.example/callback')
    const body = new URLSearchParams({
      code: hiddenField(page.body, 'code'),
      state: hiddenField(page.body, 'state'),
      iss: hiddenField(page.body, 'iss'),
    })
    const received = new Request(callback, { method: 'POST', body })
    const tokens = await oidc.authorizationCodeGrant(party.config, received, {
      pkceCodeVerifier: verifier,
      expectedState: 'abc',
    })
    expect(tokens.access_token).toBeDefined()
  })

  it('lets the form go to that origin only, and allows no script', async () => {
    const { page } = await ask({ response_mode: 'form_post' })

    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain('form-action https://app.example;')
    expect(policy).not.toContain('unsafe')
    expect(page.body).not.toContain('<script>')
  })

  it('tells errors in the same way', async () => {
    const { page } = await ask({ response_mode: 'form_post', scope: 'openid', max_age: '-1' })

    expect(hiddenField(page.body, 'error')).toBe('invalid_request')
    expect(hiddenField(page.body, 'code')).toBe('')
  })

  it('JARM §2.3.3: signs the answer', async () => {
    const { page } = await ask({ response_mode: 'form_post.jwt' })

    const claims = decodeClaims(hiddenField(page.body, 'response'))
    expect(claims).toMatchObject({ aud: party.clientId, code: expect.any(String) })
    expect(hiddenField(page.body, 'code')).toBe('')
  })

  it('goes nowhere before client and redirect URI are proven', async () => {
    const { page } = await ask({
      response_mode: 'form_post',
      redirect_uri: 'https://evil.example/callback',
    })

    expect(page.statusCode).toBe(400)
    expect(page.body).not.toContain('evil.example')
    expect(page.headers['content-security-policy']).toContain("form-action 'self'")
  })
})
