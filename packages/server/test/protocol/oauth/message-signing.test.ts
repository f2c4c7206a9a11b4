import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { obtainTokens } from '../../support/authorize.ts'
import { decideOnPage } from '../../support/decide-on-page.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { API } from '../../support/oauth-grants.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import {
  Browser,
  fetchFrom,
  REDIRECT_URI,
  type RelyingParty,
  registerRelyingParty,
} from '../../support/relying-party.ts'

let world: World
let tenant: Tenant
let party: RelyingParty
let browser: Browser
let privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant(undefined, { audiences: [API] })
  const pair = await generateKeyPair('ES256', { extractable: true })
  privateKey = pair.privateKey
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  party = await registerRelyingParty(world, {
    tenant,
    metadata: {
      scope: 'openid read',
      resources: [API],
      jwks: { keys: [jwk] },
      authorization_details_types: ['payment_initiation'],
    },
  })
  const ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  browser = new Browser(world, ana)
})
afterAll(() => world.close())

it('RFC 9101: reads the request from a signed object, and nothing beside it', async () => {
  const parameters = await parametersOf({})
  const url = await oidc.buildAuthorizationUrlWithJAR(party.config, parameters, privateKey)

  expect((await browser.follow(url.href)).headers.location).toMatch(/callback\?code=/)
})

it('RFC 9101 §6.2: refuses an object that somebody else signed', async () => {
  const { privateKey: other } = await generateKeyPair('ES256')
  const url = await oidc.buildAuthorizationUrlWithJAR(party.config, await parametersOf({}), other)

  const answer = await browser.follow(url.href)

  expect(answer.headers.location ?? answer.body).toMatch(/invalid_request_object/)
})

it('RFC 9101 §10.1: refuses an object without a signature', async () => {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claims = { ...(await parametersOf({})), client_id: party.clientId, iss: party.clientId }
  const request = `${encode({ alg: 'none' })}.${encode({ ...claims, aud: tenant.issuer })}.`
  const query = new URLSearchParams({ client_id: party.clientId, request })

  const answer = await browser.follow(`${tenant.issuer}/oauth/authorize?${query.toString()}`)

  expect(answer.headers.location ?? answer.body).toMatch(/invalid_request/)
})

it('JARM: answers in a signed object', async () => {
  const parameters = await parametersOf({ response_mode: 'jwt' })
  const url = oidc.buildAuthorizationUrl(party.config, parameters)

  const answer = await browser.follow(url.href)

  const response = new URL(String(answer.headers.location)).searchParams.get('response') ?? ''
  expect(decodeClaims(response)).toMatchObject({
    iss: tenant.issuer,
    aud: party.clientId,
    code: expect.any(String),
  })
})

it('RFC 9701: answers an introspection in a signed object', async () => {
  const wanted = { scope: 'openid read', resource: API }
  const { access_token } = await obtainTokens(browser, party, wanted)

  const credentials = Buffer.from(`${party.clientId}:${party.secret ?? ''}`).toString('base64')
  const answer = await fetchFrom(world)(`${tenant.issuer}/oauth/introspect`, {
    method: 'POST',
    headers: {
      accept: 'application/token-introspection+jwt',
      authorization: `Basic ${credentials}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ token: access_token }),
    redirect: 'manual',
  })

  expect(answer.headers.get('content-type')).toMatch('application/token-introspection+jwt')
  expect(decodeClaims(await answer.text())).toMatchObject({
    iss: tenant.issuer,
    token_introspection: { active: true, scope: 'read' },
  })
})

it('RFC 9396: asks for each payment, and the token says what was allowed', async () => {
  const details = [payment('123.50')]
  const verifier = oidc.randomPKCECodeVerifier()
  const url = await oidc.buildAuthorizationUrlWithPAR(party.config, {
    ...(await parametersOf({}, verifier)),
    resource: API,
    scope: 'openid read',
    authorization_details: JSON.stringify(details),
  })
  const page = await browser.follow(url.href)
  expect(page.body).toContain('123.50')
  const answer = await decideOnPage(browser, page, 'allow')

  const tokens = await oidc.authorizationCodeGrant(
    party.config,
    new URL(String(answer.headers.location)),
    { pkceCodeVerifier: verifier },
  )
  expect(decodeClaims(tokens.access_token)['authorization_details']).toEqual(details)
})

it.each([
  ['of a type that the client did not register', { type: 'account_information' }],
  [
    'with an amount that is a number',
    { ...payment('1'), instructedAmount: { currency: 'EUR', amount: 1 } },
  ],
  ['with a member that the type does not have', { ...payment('1'), surprise: true }],
])('RFC 9396 §5: refuses details %s', async (_, detail) => {
  const pushing = oidc.buildAuthorizationUrlWithPAR(party.config, {
    ...(await parametersOf({})),
    resource: API,
    authorization_details: JSON.stringify([detail]),
  })

  await expect(pushing).rejects.toMatchObject({ error: 'invalid_authorization_details' })
})

it('ASVS 10.4.15: refuses details that went through the browser unsigned', async () => {
  const url = oidc.buildAuthorizationUrl(party.config, {
    ...(await parametersOf({})),
    resource: API,
    authorization_details: JSON.stringify([payment('1')]),
  })

  expect((await browser.follow(url.href)).headers.location).toMatch(/error=invalid_request/)
})

it('RFC 7523 §3: a client assertion works once', async () => {
  const service = await registerRelyingParty(world, {
    tenant,
    profile: 'service',
    metadata: {
      redirect_uris: [],
      scope: 'read',
      resources: [API],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [await publicJwk()] },
    },
  })
  const client_assertion = await new SignJWT({ jti: 'once' })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setIssuer(service.clientId)
    .setSubject(service.clientId)
    .setAudience(tenant.issuer)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(privateKey)
  const ask = () =>
    world.app.http.inject({
      method: 'POST',
      url: `/t/${tenant.slug}/oauth/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion,
      }).toString(),
    })

  const answers = await Promise.all(Array.from({ length: 50 }, ask))

  expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
})

async function publicJwk() {
  const { d: _, ...rest } = await exportJWK(privateKey)
  return { ...rest, kid: 'k1', alg: 'ES256', use: 'sig' }
}

function payment(amount: string) {
  return {
    type: 'payment_initiation',
    instructedAmount: { currency: 'EUR', amount },
    creditorName: 'Merchant',
    creditorAccount: { iban: 'DE02120300000000202051' },
  }
}

async function parametersOf(
  changes: Record<string, string>,
  verifier = oidc.randomPKCECodeVerifier(),
): Promise<Record<string, string>> {
  return {
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...changes,
  }
}
