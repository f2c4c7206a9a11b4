import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../kernel/index.ts'
import { hashBackupCode, isBackupCode, makeBackupCodes } from './backup-code.ts'

describe('backup codes', () => {
  it('are ten different ones of sixty bits each', () => {
    const codes = makeBackupCodes().map((code) => code.reveal())

    expect(new Set(codes).size).toBe(10)
    for (const code of codes)
      expect(code).toMatch(/^(?:[0-9a-hjkmnp-tv-z]{4}-){2}[0-9a-hjkmnp-tv-z]{4}$/)
  })

  it('are the same however they are typed', () => {
    const key = randomBytes(32)
    const hash = (text: string) => hashBackupCode(key, new Secret(text)).toString('hex')

    expect(hash('4H7K-m2qx-9TZB')).toBe(hash('4h7km2qx9tzb'))
    expect(hash('4h7k-m2qx-9tzc')).not.toBe(hash('4h7k-m2qx-9tzb'))
  })

  it('have another hash under another key', () => {
    const code = new Secret('4h7k-m2qx-9tzb')

    expect(hashBackupCode(randomBytes(32), code)).not.toEqual(hashBackupCode(randomBytes(32), code))
  })

  it.each([
    ['4h7k-m2qx-9tzb', true],
    ['4H7KM2QX9TZB', true],
    ['4h7k-m2qx-9tz', false],
    ['4h7k-m2qx-9tzbb', false],
    ['4h7k m2qx 9tzb', false],
    ['4h7k-m2qx-9tzl', false],
    ['4h7k-m2qx-9tzb\n', false],
    ['٤h7k-m2qx-9tzb', false],
    ['4h7ſ-m2qx-9tzb', false],
  ])('know their form: %j', (text, expected) => {
    expect(isBackupCode(text)).toBe(expected)
  })
})
