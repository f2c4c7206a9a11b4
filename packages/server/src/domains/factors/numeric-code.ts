import { randomInt } from 'node:crypto'

/** `digits` (6 to 10) random decimal digits, each code as likely as every other. */
export function makeNumericCode(digits: number): string {
  if (!Number.isInteger(digits) || digits < 6 || digits > 10) {
    throw new RangeError('a code has 6 to 10 digits')
  }
  return randomInt(0, 10 ** digits)
    .toString()
    .padStart(digits, '0')
}
