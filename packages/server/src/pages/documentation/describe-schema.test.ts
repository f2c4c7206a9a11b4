import { describe, expect, it } from 'vitest'
import { constraintsOf, membersOf, typeOf } from './describe-schema.ts'
import type { Schema } from './read-reference.ts'

describe('typeOf', () => {
  it.each<[Schema, string]>([
    [{ type: 'string' }, 'string'],
    [{ type: ['string', 'null'] }, 'string or null'],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, 'integer or null'],
    [{ oneOf: [{ type: 'object' }, { type: 'object' }] }, 'object'],
    [{ type: 'array', items: { type: 'string' } }, 'array of string'],
    [{ enum: ['a', 'b'] }, 'string'],
    [{ const: 1 }, 'number'],
    [{ properties: {} }, 'object'],
    [{}, 'any'],
  ])('says of %j: %s', (schema, words) => {
    expect(typeOf(schema)).toBe(words)
  })
})

describe('constraintsOf', () => {
  it.each<[Schema, string[]]>([
    [{ minLength: 1, maxLength: 254 }, ['1 to 254 characters']],
    [{ minLength: 8, maxLength: 8 }, ['exactly 8 characters']],
    [{ minLength: 1 }, ['at least 1 characters']],
    [{ maxItems: 20 }, ['at most 20 entries']],
    [{ minimum: 0, maximum: 100 }, ['0 to 100']],
    [{ minimum: -9007199254740991, maximum: 9007199254740991 }, []],
    [{ format: 'date-time', pattern: '^long$' }, ['date-time']],
    [{ pattern: '^a$' }, ['matches ^a$']],
    [{ default: 50 }, ['default 50']],
    [{ const: 'complete' }, ['"complete"']],
    [{ enum: ['a', 'b'] }, ['one of "a", "b"']],
    [{ type: 'array', items: { pattern: '^a$' } }, ['matches ^a$']],
    [{ anyOf: [{ maxLength: 9 }, { type: 'null' }] }, ['at most 9 characters']],
  ])('says of %j: %j', (schema, words) => {
    expect(constraintsOf(schema)).toEqual(words)
  })
})

describe('membersOf', () => {
  const object: Schema = {
    type: 'object',
    properties: { a: { type: 'string' }, b: {} },
    required: ['a'],
  }
  const members = [
    { name: 'a', schema: { type: 'string' }, required: true },
    { name: 'b', schema: {}, required: false },
  ]

  it.each<[string, Schema]>([
    ['an object', object],
    ['the objects in a list', { type: 'array', items: object }],
    ['an object that may be null', { anyOf: [{ type: 'null' }, object] }],
  ])('lists the members of %s', (_, schema) => {
    expect(membersOf(schema)).toEqual(members)
  })

  it('finds none in a plain value', () => {
    expect(membersOf({ type: 'string' })).toEqual([])
  })
})
