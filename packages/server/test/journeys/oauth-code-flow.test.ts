import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decodeClaims } from '../support/decode-claims.ts'
import { RunningClock } from '../support/running-clock.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { Browser, REDIRECT_URI, registerRelyingParty } from '../support/relying-party.ts'

let world: World

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
})

afterAll(() => world.close())

it('signs a user of a fresh tenant in at a relying party, and out again', async () => {
  const tenant = await world.tenant(undefined, { audiences: ['https://api.example'] })
  const { config } = await registerRelyingParty(world, {
    tenant,
    metadata: { scope: 'openid profile email read', resources: ['https://api.example'] },
  })
  const ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  const browser = new Browser(world, ana)

  const verifier = oidc.randomPKCECodeVerifier()
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email read',
    resource: 'https://api.example',
    state: 'state-1',
    nonce: 'nonce-1',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const answer = await browser.follow(url.href)
  expect(answer.headers.location, answer.body).toMatch(/^https:\/\/app\.example\/callback\?/)

  const tokens = await oidc.authorizationCodeGrant(
    config,
    new URL(String(answer.headers.location)),
    { pkceCodeVerifier: verifier, expectedState: 'state-1', expectedNonce: 'nonce-1' },
    { resource: 'https://api.example' },
  )
  expect(tokens.claims()).toMatchObject({ sub: ana.userId, acr: 'urn:countersign:acr:password' })
  expect(decodeClaims(tokens.access_token)).toMatchObject({
    iss: tenant.issuer,
    sub: ana.userId,
    aud: 'https://api.example',
    scope: 'read',
    tenant: tenant.id,
    amr: ['pwd'],
  })

  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
  expect(refreshed.refresh_token).not.toBe(tokens.refresh_token)
  expect(await oidc.tokenIntrospection(config, refreshed.access_token)).toMatchObject({
    active: true,
    sub: ana.userId,
  })

  expect((await ana.call('POST', '/api/auth/logout')).statusCode).toBe(204)
  expect(await oidc.tokenIntrospection(config, refreshed.access_token)).toEqual({ active: false })
  await expect(oidc.refreshTokenGrant(config, refreshed.refresh_token ?? '')).rejects.toThrow()
})
