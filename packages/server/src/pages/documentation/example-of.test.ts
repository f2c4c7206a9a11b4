import { describe, expect, it } from 'vitest'
import { curlOf, exampleOf } from './example-of.ts'
import type { Operation, Schema } from './read-reference.ts'

const operation: Operation = {
  id: 'x',
  method: 'POST',
  path: '/t/{tenant}/api/{unknown_id}',
  summary: '',
  description: undefined,
  isPublic: true,
  permission: undefined,
  rateLimit: undefined,
  parameters: [],
  body: undefined,
  answers: [],
  refusals: [],
}

describe('exampleOf', () => {
  it.each<[Schema, unknown]>([
    [{ const: 'complete', type: 'string' }, 'complete'],
    [{ default: 50 }, 50],
    [{ enum: ['active', 'suspended'] }, 'active'],
    [{ anyOf: [{ type: 'boolean' }, { type: 'null' }] }, true],
    [{ type: ['null', 'string'] }, null],
    [{ type: 'integer', minimum: 7 }, 7],
    [{ type: 'integer', minimum: -9007199254740991 }, 600],
    [{ type: 'string', format: 'date-time' }, '2026-01-31T09:30:00.000Z'],
    [{ type: 'array', items: { type: 'string' } }, ['…']],
    [{ type: 'object', properties: { email: { type: 'string' } } }, { email: 'ada@example.com' }],
    [
      { properties: { user: { type: 'object', properties: { id: { type: 'string' } } } } },
      { user: { id: 'usr_01kb2m3n4p5q6r7s8t9v0w1x2y' } },
    ],
  ])('of %j is %j', (schema, value) => {
    expect(exampleOf(schema)).toEqual(value)
  })
})

describe('curlOf', () => {
  it('fills the path', () => {
    expect(curlOf(operation, 'http://localhost')).toBe('curl -X POST http://localhost/t/acme/api/…')
  })

  it('sends the required members only', () => {
    const body: Schema = {
      properties: { email: { type: 'string' }, locale: { type: 'string' } },
      required: ['email'],
    }

    const command = curlOf({ ...operation, body }, '')

    expect(command).toContain('ada@example.com')
    expect(command).not.toContain('locale')
  })

  it('quotes the body for a shell', () => {
    const command = curlOf({ ...operation, body: { const: "it's" } }, '')

    expect(command).toContain(`-d '"it'\\''s"'`)
  })
})
