import { createSign, generateKeyPairSync, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ecdsaDerToRaw } from './ecdsa-signature.ts'

/** DER integer of 1 to 32 bytes, written independently of the code under test. */
function derInteger(digits: Uint8Array): Buffer {
  const hex = BigInt(`0x${Buffer.from(digits).toString('hex')}`).toString(16)
  const even = hex.length % 2 === 1 ? `0${hex}` : hex
  const signed = Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even
  return Buffer.concat([Uint8Array.of(0x02, signed.length / 2), Buffer.from(signed, 'hex')])
}

function derSignature(r: Uint8Array, s: Uint8Array): Buffer {
  const body = Buffer.concat([derInteger(r), derInteger(s)])
  return Buffer.concat([Uint8Array.of(0x30, body.length), body])
}

const integer = fc
  .tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.integer({ min: 0, max: 31 }))
  .map(([digits, zeros]) => digits.fill(0, 0, zeros))

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

describe('ecdsaDerToRaw', () => {
  it('RFC 7518 §3.4: gives 32 bytes each of r and s, whatever their leading zeros', () => {
    fc.assert(
      fc.property(integer, integer, (r, s) => {
        const raw = ecdsaDerToRaw(derSignature(r, s))
        expect(raw).toEqual(Buffer.concat([r, s]))
      }),
    )
  })

  it('converts every signature to one that node:crypto verifies as ieee-p1363', () => {
    for (let i = 0; i < 300; i++) {
      const data = Buffer.from(`text ${i}`)
      const raw = ecdsaDerToRaw(sign('sha256', data, privateKey))
      const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
      expect(verify('sha256', data, key, raw)).toBe(true)
    }
  })

  const good = createSign('sha256').update('x').sign(privateKey)
  it.each([
    ['empty', Buffer.alloc(0)],
    ['cut', good.subarray(0, -1)],
    ['too long', Buffer.concat([good, Uint8Array.of(0)])],
    ['of another type', Buffer.from(good).fill(0x03, 2, 3)],
    ['of a longer curve', derSignature(Buffer.alloc(33, 1), Buffer.alloc(33, 1))],
    ['too long in s alone', derSignature(Buffer.alloc(32, 1), Buffer.alloc(33, 1))],
  ])('refuses bytes that are %s', (_, der) => {
    expect(() => ecdsaDerToRaw(der)).toThrow(RangeError)
  })
})
