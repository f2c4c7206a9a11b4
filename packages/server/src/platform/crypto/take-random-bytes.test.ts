import { describe, expect, it } from 'vitest'
import { takeRandomBytes } from './take-random-bytes.ts'

describe('random bytes', () => {
  it('have the length that was asked for, also more than are kept ready', () => {
    expect([0, 12, 32, 2048, 5000].map((count) => takeRandomBytes(count).length)).toEqual([
      0, 12, 32, 2048, 5000,
    ])
  })

  it('are given to one caller only, over many refills', () => {
    const taken = Array.from({ length: 5000 }, (_, i) => takeRandomBytes(12 + (i % 21)))

    expect(new Set(taken.map((bytes) => bytes.toString('hex'))).size).toBe(5000)
  })

  it('are never zeros, which is what is left of those that were taken', () => {
    const taken = Array.from({ length: 5000 }, () => takeRandomBytes(12))

    expect(taken.some((bytes) => bytes.every((byte) => byte === 0))).toBe(false)
  })

  it('belong to their caller: writing into them changes nobody else’s', () => {
    const first = takeRandomBytes(32)
    const second = takeRandomBytes(32)
    const before = Buffer.from(second)

    first.fill(7)

    expect(second.equals(before)).toBe(true)
  })

  it('are spread evenly', () => {
    const counts = Array.from({ length: 256 }, () => 0)
    const taken = Buffer.concat(Array.from({ length: 2000 }, () => takeRandomBytes(32)))
    for (const byte of taken) counts[byte] = (counts[byte] ?? 0) + 1

    // 250 are expected of each; six standard deviations are 95.
    expect(Math.min(...counts)).toBeGreaterThan(150)
    expect(Math.max(...counts)).toBeLessThan(350)
  })
})
