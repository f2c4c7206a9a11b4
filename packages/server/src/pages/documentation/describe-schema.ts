import type { Schema } from './read-reference.ts'

/** The type in words, such as `array of string or null`. */
export function typeOf(schema: Schema): string {
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined)
    return [...new Set(choices.map((choice) => typeOf(choice)))].join(' or ')
  if (schema.type === 'array') return `array of ${typeOf(schema.items ?? {})}`
  if (schema.type !== undefined) return [schema.type].flat().join(' or ')
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const])
  if (values.length > 0) return [...new Set(values.map((value) => typeof value))].join(' or ')
  return schema.properties === undefined ? 'any' : 'object'
}

/** Every limit that the schema sets, in words. */
export function constraintsOf(schema: Schema): readonly string[] {
  const nested = [...(schema.anyOf ?? []), ...(schema.type === 'array' ? [schema.items ?? {}] : [])]
  return [
    ...oneOf(schema),
    ...range('characters', schema.minLength, schema.maxLength),
    ...range('entries', schema.minItems, schema.maxItems),
    ...range('', safe(schema.minimum), safe(schema.maximum)),
    ...(schema.format === undefined ? [] : [schema.format]),
    ...patternOf(schema),
    ...(schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`]),
    ...nested.flatMap((part) => constraintsOf(part)),
  ]
}

/** Members of an object, or of the objects in a list; none for everything else. */
export function membersOf(schema: Schema): readonly Member[] {
  if (schema.type === 'array' && schema.items !== undefined) return membersOf(schema.items)
  const object = schema.anyOf?.find((choice) => choice.properties !== undefined) ?? schema
  return Object.entries(object.properties ?? {}).map(([name, member]) => ({
    name,
    schema: member,
    required: object.required?.includes(name) ?? false,
  }))
}

export interface Member {
  readonly name: string
  readonly schema: Schema
  readonly required: boolean
}

function oneOf(schema: Schema): string[] {
  if (schema.const !== undefined) return [JSON.stringify(schema.const)]
  if (schema.enum === undefined) return []
  return [`one of ${schema.enum.map((value) => JSON.stringify(value)).join(', ')}`]
}

function range(unit: string, from: number | undefined, to: number | undefined): string[] {
  const suffix = unit === '' ? '' : ` ${unit}`
  if (from !== undefined && to !== undefined) {
    return [from === to ? `exactly ${from}${suffix}` : `${from} to ${to}${suffix}`]
  }
  if (from !== undefined) return [`at least ${from}${suffix}`]
  return to === undefined ? [] : [`at most ${to}${suffix}`]
}

/** The bounds of a safe integer say nothing about the member. */
function safe(bound: number | undefined): number | undefined {
  return bound !== undefined && Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? undefined : bound
}

/** A format says it better than the pattern that checks it. */
function patternOf({ pattern, format }: Schema): string[] {
  return pattern === undefined || format !== undefined ? [] : [`matches ${pattern}`]
}
