import * as oidc from 'openid-client'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { authorize, obtainTokens } from '../../support/authorize.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import {
  Browser,
  REDIRECT_URI,
  type RelyingParty,
  registerRelyingParty,
} from '../../support/relying-party.ts'

let world: World
let party: RelyingParty
let browser: Browser
let dpop: oidc.DPoPHandle
let clientKey: CryptoKey

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  const tenant = await world.tenant(undefined, { audiences: ['https://api.example'] })
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  clientKey = privateKey
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  party = await registerRelyingParty(world, {
    tenant,
    profile: 'fapi2',
    authentication: oidc.PrivateKeyJwt({ key: privateKey, kid: 'k1' }),
    metadata: {
      scope: 'openid read',
      resources: ['https://api.example'],
      jwks: { keys: [jwk] },
    },
  })
  dpop = oidc.getDPoPHandle(party.config, await oidc.randomDPoPKeyPair('ES256'))
  const ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  browser = new Browser(world, ana)
})
afterAll(() => world.close())

const wanted = { scope: 'openid read', resource: 'https://api.example' }

it('FAPI 2.0 §5.3: PAR, private_key_jwt and DPoP lead to a token that is bound to a key', async () => {
  const tokens = await obtainTokens(browser, party, { ...wanted, dpop, pushed: true })

  expect(tokens.token_type).toBe('dpop')
  expect(decodeClaims(tokens.access_token)).toMatchObject({
    aud: 'https://api.example',
    cnf: { jkt: await dpop.calculateThumbprint() },
  })
})

it('RFC 9449 §8: takes no proof without a nonce of the server, and tells which', async () => {
  const keys = await generateKeyPair('ES256', { extractable: true })
  const proofWith = async (nonce?: string) =>
    new SignJWT({ htm: 'POST', htu: party.config.serverMetadata().token_endpoint, nonce })
      .setProtectedHeader({
        typ: 'dpop+jwt',
        alg: 'ES256',
        jwk: await exportJWK(keys.publicKey),
      })
      .setJti(crypto.randomUUID())
      .setIssuedAt()
      .sign(keys.privateKey)
  const { callback, verifier } = await authorize(browser, party, { ...wanted, pushed: true })
  const redeem = async (proof: string) => {
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion(),
      client_id: party.clientId,
    })
    return world.app.http.inject({
      method: 'POST',
      url: new URL(party.config.serverMetadata().token_endpoint ?? '').pathname,
      headers: { 'content-type': 'application/x-www-form-urlencoded', dpop: proof },
      payload: form.toString(),
    })
  }

  const refused = await redeem(await proofWith())
  expect(refused.json()).toMatchObject({ error: 'use_dpop_nonce' })
  expect((await redeem(await proofWith('made-up'))).json()).toMatchObject({
    error: 'use_dpop_nonce',
  })
  const accepted = await redeem(await proofWith(String(refused.headers['dpop-nonce'])))
  expect([accepted.statusCode, accepted.body]).toEqual([200, expect.any(String)])
})

function assertion() {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setIssuer(party.clientId)
    .setSubject(party.clientId)
    .setAudience(party.config.serverMetadata().issuer)
    .setJti(crypto.randomUUID())
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(clientKey)
}
