import { exportJWK, generateKeyPair } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { obtainTokens } from '../../support/authorize.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { Browser, type RelyingParty, registerRelyingParty } from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

let world: World
let tenant: Tenant
let ana: Actor
let party: RelyingParty

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant()
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  const { privateKey, publicKey } = await generateKeyPair('ECDH-ES', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'e1', alg: 'ECDH-ES', use: 'enc' }
  party = await registerRelyingParty(world, {
    tenant,
    metadata: {
      jwks: { keys: [jwk] },
      id_token_encrypted_response_alg: 'ECDH-ES',
      userinfo_signed_response_alg: 'ES256',
      userinfo_encrypted_response_alg: 'ECDH-ES',
    },
  })
  oidc.enableDecryptingResponses(party.config, ['A256GCM'], {
    key: privateKey,
    alg: 'ECDH-ES',
    kid: 'e1',
  })
})
afterAll(() => world.close())

it('OIDC Core §10.2: ID token and userinfo can be read by the client only', async () => {
  const tokens = await obtainTokens(new Browser(world, ana), party)

  // RFC 7516 §3: five parts, where a signed token has three.
  expect(tokens.id_token?.split('.')).toHaveLength(5)
  expect(tokens.claims()).toMatchObject({ sub: ana.userId, iss: tenant.issuer })
  expect(await oidc.fetchUserInfo(party.config, tokens.access_token, ana.userId)).toMatchObject({
    sub: ana.userId,
  })
})

it('OIDC Discovery §3: tells of that encryption and of no other', () => {
  const metadata = party.config.serverMetadata()
  const told = Object.entries(metadata).filter(([name]) => name.includes('encryption'))

  expect(Object.fromEntries(told)).toEqual({
    id_token_encryption_alg_values_supported: ['ECDH-ES'],
    id_token_encryption_enc_values_supported: ['A256GCM'],
    userinfo_encryption_alg_values_supported: ['ECDH-ES'],
    userinfo_encryption_enc_values_supported: ['A256GCM'],
  })
})

it('RFC 9101 §10: takes no request that is encrypted to us', async () => {
  const url = oidc.buildAuthorizationUrl(party.config, {
    request: 'eyJhbGciOiJFQ0RILUVTIn0.a.b.c.d',
  })

  const { headers, body } = await new Browser(world, ana).open(url.href)
  expect(headers.location ?? body).toMatch(/invalid_request_object/)
})
