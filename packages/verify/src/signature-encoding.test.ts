import { generateKeyPairSync, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64url } from './base64url.ts'
import { ecdsaRawToDer } from './ecdsa-der.ts'

describe('decodeBase64url', () => {
  it('reverses the encoder for all bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString('base64url')
        expect(decodeBase64url(text)).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it.each(['YQ==', 'YQ=', 'YR', 'Y', 'a+/b', 'YW J', 'YWJj\n', 'YWé'])('refuses %j', (text) => {
    expect(decodeBase64url(text)).toBeUndefined()
  })
})

describe('ecdsaRawToDer', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  it('gives a form that OpenSSL verifies', () => {
    for (let round = 0; round < 300; round++) {
      const data = Buffer.from(`message ${round}`)
      const raw = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      expect(verify('sha256', data, publicKey, ecdsaRawToDer(raw) ?? raw)).toBe(true)
    }
  })

  it.each([
    ['leading zero bytes', [0, 0, 5], [0, 0x7f], '300602010502017f'],
    ['a first bit that is set', [0x80], [0xff], '300802020080020200ff'],
    ['zero', [0], [0], '3006020100020100'],
  ])('writes the shortest integers for %s', (_, r, s, hex) => {
    const raw = new Uint8Array(64)
    raw.set(r, 32 - r.length)
    raw.set(s, 64 - s.length)
    expect(ecdsaRawToDer(raw)?.toString('hex')).toBe(hex)
  })

  it('writes the longest integers', () => {
    const der = ecdsaRawToDer(new Uint8Array(64).fill(0xff))
    expect(der).toHaveLength(72)
    expect(der?.[1]).toBe(70)
  })

  it.each([0, 63, 65, 72])('refuses %i bytes', (length) => {
    expect(ecdsaRawToDer(new Uint8Array(length))).toBeUndefined()
  })
})
