import { expect, it } from 'vitest'
import { parseIdempotencyKey } from './parse-idempotency-key.ts'

it('takes a key with or without the quotes of a structured field for the same', () => {
  expect(parseIdempotencyKey('"8e03978e-40d5"')).toBe('8e03978e-40d5')
  expect(parseIdempotencyKey('8e03978e-40d5')).toBe('8e03978e-40d5')
  expect(parseIdempotencyKey('x'.repeat(255))).toBe('x'.repeat(255))
})

it('is undefined where no key is named', () => {
  expect(parseIdempotencyKey(undefined)).toBeUndefined()
})

it.each([
  ['an empty one', ''],
  ['empty quotes', '""'],
  ['too long', 'x'.repeat(256)],
  ['a space', 'a b'],
  ['two headers', 'a, b'],
  ['a quote inside', 'a"b'],
  ['an escape', '"a\\"b"'],
  ['half of the quotes', '"a'],
  ['other letters', 'ä'],
  ['a list', ['a', 'b']],
])('refuses %s', (_, header) => {
  expect(() => parseIdempotencyKey(header)).toThrow(
    expect.objectContaining({ code: 'idempotency_key_malformed' }),
  )
})
