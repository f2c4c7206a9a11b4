import { describe, expect, it } from 'vitest'
import { hkdf, hmacSha256, oneStepKdf, randomToken, sha256 } from './index.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

describe('primitives', () => {
  it('makes tokens of 256 bits in base64url, all different', () => {
    const tokens = Array.from({ length: 1000 }, () => randomToken())

    expect(new Set(tokens).size).toBe(1000)
    for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it.each([15, 1025, 16.5, Number.NaN])('refuses a token of %s bytes', (bytes) => {
    expect(() => randomToken(bytes)).toThrow(RangeError)
  })

  it('FIPS 180-4: hashes `abc`', () => {
    expect(sha256('abc').toString('hex')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  it('RFC 4231 §4.3: MACs with a short key', () => {
    expect(hmacSha256(Buffer.from('Jefe'), 'what do ya want for nothing?').toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })

  it('RFC 5869 A.3: derives a key without salt and info', () => {
    expect(hkdf(hex('0b'.repeat(22)), '', 42).toString('hex')).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    )
  })

  it('NIST SP 800-56C §4.1: derives a key in one step, as hash of counter, secret and use', () => {
    expect(oneStepKdf('secret', 'info').toString('hex')).toBe(
      '62e87148adacc7f0564ccb13565eaf70d876e48df0713876ae8761ec91a58edd',
    )
  })

  it.each([
    ['hkdf', hkdf],
    ['oneStepKdf', oneStepKdf],
  ])('derives independent keys for different uses by %s', (_, derive) => {
    expect(derive('secret', 'a').equals(derive('secret', 'b'))).toBe(false)
    expect(derive('secret', 'a').equals(derive('other', 'a'))).toBe(false)
  })
})
