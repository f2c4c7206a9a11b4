import { expect, it } from 'vitest'
import { parseIfMatch } from './if-match.ts'

it.each([
  [undefined, undefined],
  ['*', undefined],
  [' * ', undefined],
  ['"7"', ['7']],
  ['"7", "8"', ['7', '8']],
  ['"7","a,b"', ['7', 'a,b']],
  ['""', ['']],
])('RFC 9110 §13.1.1: reads %j as %j', (header, tags) => {
  expect(parseIfMatch(header)).toEqual(tags)
})

it('RFC 9110 §13.1.1: a weak tag never matches', () => {
  expect(parseIfMatch('W/"7"')).toEqual([])
  expect(parseIfMatch('W/"7", "8"')).toEqual(['8'])
})

it.each(['7', '"7', '"7" "8"', '"7", *', '', '"\u0000"'])(
  'what it can not read (%j) matches nothing',
  (header) => {
    expect(parseIfMatch(header)).toEqual([])
  },
)
