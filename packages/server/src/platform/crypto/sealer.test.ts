import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../kernel/index.ts'
import { createSealer, sealWithKey, UnsealError, unsealWithKey } from './index.ts'

const masterKey = new Secret<Uint8Array>(randomBytes(32))
const purpose = { purpose: 'signing_key', tenant: 'ten_1', subject: 'key_1' }
const sealer = createSealer({ masterKey })
const key = randomBytes(32)

const boxes = [
  {
    name: 'sealer',
    seal: (text: string, for_ = purpose) => sealer.seal(text, for_),
    unseal: (sealed: Uint8Array, for_ = purpose) => sealer.unseal(sealed, for_),
  },
  {
    name: 'sealWithKey',
    seal: (text: string, for_ = purpose) => sealWithKey(key, text, for_),
    unseal: (sealed: Uint8Array, for_ = purpose) => unsealWithKey(key, sealed, for_),
  },
]

describe.each(boxes)('$name', ({ seal, unseal }) => {
  it('gives back what was sealed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(unseal(seal(text)).toString()).toBe(text)
      }),
    )
  })

  it('seals the same text differently each time, and shows nothing of it', () => {
    const sealed = seal('secret-text')

    expect(sealed.equals(seal('secret-text'))).toBe(false)
    expect(sealed.includes('secret')).toBe(false)
  })

  it.each([
    ['purpose', { ...purpose, purpose: 'webhook_secret' }],
    ['tenant', { ...purpose, tenant: 'ten_2' }],
    ['subject', { ...purpose, subject: 'key_2' }],
    ['split of the same characters', { ...purpose, tenant: 'ten_1k', subject: 'ey_1' }],
    ['separator inside a member', { ...purpose, tenant: 'ten_1","key_1', subject: '' }],
  ])('does not open for another %s', (_, other) => {
    expect(() => unseal(seal('text'), other)).toThrow(UnsealError)
  })

  it('does not open when any single bit is changed', () => {
    const sealed = seal('text')
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => unseal(changed)).toThrow(UnsealError)
    }
  })

  it('does not open when cut at any length or lengthened', () => {
    const sealed = seal('text')
    for (let length = 0; length < sealed.length; length++) {
      expect(() => unseal(sealed.subarray(0, length))).toThrow(UnsealError)
    }
    expect(() => unseal(Buffer.concat([sealed, Uint8Array.of(0)]))).toThrow(UnsealError)
  })

  it('does not say why it can not be opened', () => {
    const messages = [seal('a').subarray(0, 5), randomBytes(60)].map((sealed) => {
      try {
        return unseal(sealed).toString()
      } catch (error) {
        return error instanceof Error && error.cause === undefined ? error.message : 'cause'
      }
    })

    expect(new Set(messages)).toEqual(new Set(['sealed value can not be opened']))
  })
})

describe('rotation of the master key', () => {
  const newKey = new Secret<Uint8Array>(randomBytes(32))
  const rotated = createSealer({ masterKey: newKey, previous: [masterKey] })

  it('opens what an earlier key sealed and says that it is not current', () => {
    const sealed = sealer.seal('text', purpose)

    expect(rotated.unseal(sealed, purpose).toString()).toBe('text')
    expect(rotated.isCurrent(sealed)).toBe(false)
    expect(rotated.isCurrent(rotated.seal('text', purpose))).toBe(true)
  })

  it('seals under the new key only', () => {
    expect(() => sealer.unseal(rotated.seal('text', purpose), purpose)).toThrow(UnsealError)
  })

  it('does not open with a key that is gone', () => {
    const sealed = sealer.seal('text', purpose)

    expect(() => createSealer({ masterKey: newKey }).unseal(sealed, purpose)).toThrow(UnsealError)
  })

  it('refuses a master key of another length', () => {
    const short = new Secret<Uint8Array>(randomBytes(31))

    expect(() => createSealer({ masterKey: short })).toThrow(TypeError)
    expect(() => createSealer({ masterKey, previous: [short] })).toThrow(TypeError)
  })
})
