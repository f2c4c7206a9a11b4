import { expect, it } from 'vitest'
import { makeNumericCode } from './numeric-code.ts'

it.each([6, 8, 10])(
  'a code of %i digits has exactly these, also where it begins with zeros',
  (n) => {
    const codes = Array.from({ length: 2000 }, () => makeNumericCode(n))

    expect(codes.every((code) => new RegExp(`^[0-9]{${n}}$`).test(code))).toBe(true)
    expect(codes.some((code) => code.startsWith('0'))).toBe(true)
    expect(new Set(codes).size).toBeGreaterThan(1950)
  },
)

it.each([5, 11, 6.5])('a code does not have %d digits', (n) => {
  expect(() => makeNumericCode(n)).toThrow(RangeError)
})
