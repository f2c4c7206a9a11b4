import * as jose from 'jose'
import { describe, expect, it } from 'vitest'
import { createVerifier } from './create-verifier.ts'
import { createTestIssuer } from './testing.ts'
import type { SigningAlgorithm } from './algorithms.ts'

describe('createTestIssuer', () => {
  it.each<SigningAlgorithm>(['ES256', 'EdDSA', 'PS256', 'RS256'])(
    'signs %s tokens that we and jose accept',
    async (alg) => {
      const issuer = createTestIssuer({ alg })
      const token = issuer.sign({ sub: 'usr_1' })

      const keys = jose.createLocalJWKSet({ keys: [...issuer.jwks.keys] as jose.JWK[] })
      const oracle = await jose.jwtVerify(token, keys, {
        audience: 'https://api.test',
        typ: 'at+jwt',
      })
      const principal = await createVerifier(issuer.verifierOptions).verify(token)

      expect(oracle.payload).toEqual(principal.claims)
    },
  )

  it.each<SigningAlgorithm>(['ES256', 'EdDSA', 'PS256', 'RS256'])(
    'makes a verifier that accepts what jose signs with %s',
    async (alg) => {
      const issuer = createTestIssuer({ alg })
      const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true })
      const jwk = { ...(await jose.exportJWK(publicKey)), alg, kid: 'k' }
      const claims = jose.decodeJwt(issuer.sign())
      const token = await new jose.SignJWT(claims)
        .setProtectedHeader({ alg, kid: 'k', typ: 'at+jwt' })
        .sign(privateKey)

      const verifier = createVerifier({ ...issuer.verifierOptions, jwks: { keys: [jwk] } })
      expect((await verifier.verify(token)).claims).toEqual(claims)
    },
  )

  it('uses the issuer, audience and clock it is given', async () => {
    const clock = { now: () => new Date(1_000_000) }
    const issuer = createTestIssuer({ issuer: 'https://i.test', audience: 'b', clock })
    const principal = await createVerifier(issuer.verifierOptions).verify(issuer.sign())

    expect(principal.claims).toMatchObject({
      iss: 'https://i.test',
      aud: 'b',
      iat: 1000,
      exp: 1600,
    })
  })

  it('keeps old tokens valid through a rotation, until the key is withdrawn', async () => {
    const issuer = createTestIssuer()
    const verifier = createVerifier(issuer.verifierOptions)
    const token = issuer.sign()

    issuer.rotate()
    expect(await verifier.verify(token)).toBeDefined()
    expect(issuer.jwks.keys).toHaveLength(2)
    issuer.rotate({ withdraw: true })
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
    expect(await verifier.verify(issuer.sign())).toBeDefined()
  })
})
