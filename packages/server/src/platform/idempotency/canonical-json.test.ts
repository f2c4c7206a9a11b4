import fc from 'fast-check'
import { expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

it('has one text for every order of members', () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'x' })).toBe('{"a":"x","b":[{"c":null,"d":1}]}')
})

it('is JSON of the same value, and of no other', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      expect(JSON.parse(canonicalJson(one))).toEqual(JSON.parse(JSON.stringify(one)))
      const isSame = JSON.stringify(one) === JSON.stringify(other)
      if (canonicalJson(one) === canonicalJson(other) && !isSame) {
        expect(JSON.parse(canonicalJson(one))).toEqual(JSON.parse(canonicalJson(other)))
      }
    }),
  )
})

it('leaves out what JSON can not say', () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
  expect(canonicalJson(undefined)).toBe('null')
  expect(canonicalJson([undefined])).toBe('[null]')
})

it('keeps the order of arrays', () => {
  expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]))
})
