import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createStaticKeys } from './key-set.ts'
import { createTestIssuer } from './testing.ts'
import { importVerificationKey } from './verification-key.ts'
import type { Jwk } from './verification-key.ts'

const ec: Jwk = createTestIssuer().jwks.keys[0] ?? {}
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' })

/** An RSA key of any size: importing does not ask whether the modulus is a product of primes. */
function rsa(bits: number): Jwk {
  const n = Buffer.alloc(bits / 8, 0xff).toString('base64url')
  return { kty: 'RSA', kid: 'k', alg: 'RS256', e: 'AQAB', n }
}

describe('importVerificationKey', () => {
  it.each<[string, Jwk]>([
    ['a P-256 key', ec],
    ['a key for verifying only', { ...ec, key_ops: ['verify'] }],
    ['a kid of 128 characters', { ...ec, kid: 'k'.repeat(128) }],
    ['RSA with 2048 bits', rsa(2048)],
    ['RSA with 8192 bits', rsa(8192)],
  ])('imports %s', (_, jwk) => {
    expect(importVerificationKey(jwk)).toMatchObject({ kid: jwk['kid'], alg: jwk['alg'] })
  })

  it.each<[string, Jwk]>([
    ['a kid of 129 characters', { ...ec, kid: 'k'.repeat(129) }],
    ['an empty kid', { ...ec, kid: '' }],
    ['no kid', { ...ec, kid: undefined }],
    ['P-384 named ES256', { ...p384, kid: 'k', alg: 'ES256' }],
    ['P-384 without alg', { ...p384, kid: 'k' }],
    ['a symmetric key', { kty: 'oct', kid: 'k', alg: 'HS256', k: 'c2VjcmV0' }],
    ['a point outside the curve', { ...ec, x: ec['y'], y: ec['x'] }],
    ['a private key', { ...ec, d: 'AQ' }],
    ['key_ops that are no list', { ...ec, key_ops: 'verify' }],
    ['RSA with 1024 bits', rsa(1024)],
    ['RSA with 8200 bits', rsa(8200)],
  ])('leaves out %s', (_, jwk) => {
    expect(importVerificationKey(jwk)).toBeUndefined()
  })
})

describe('createStaticKeys', () => {
  it('gives its keys to its own issuer only', () => {
    const keys = createStaticKeys({ keys: [ec] }, 'https://a.test')
    const kid = String(ec['kid'])

    expect(keys.findKey('https://a.test', kid)).toMatchObject({ kid })
    expect(keys.findKey('https://b.test', kid)).toBeUndefined()
  })
})
