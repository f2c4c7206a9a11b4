import type { z } from 'zod'
import type { FieldError } from '../../kernel/index.ts'
import { httpErrors } from './http-errors.ts'

/**
 * Parses one part of a request. The result is the only thing a handler sees.
 * @throws invalid_request with one entry for each problem, at most twenty
 */
export function validate(schema: z.ZodType | undefined, value: unknown, root: string): unknown {
  if (schema === undefined) return undefined
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw httpErrors.invalid_request({
    fields: parsed.error.issues.slice(0, MAX_REPORTED).flatMap((issue) => toFields(issue, root)),
  })
}

function toFields(issue: z.core.$ZodIssue, root: string): FieldError[] {
  const path = [root, ...issue.path.map(escapeSegment)].filter((part) => part !== '').join('/')
  const pointer = path === '' ? '' : `/${path}`
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MAX_REPORTED).map((key) => ({
      pointer: `${pointer}/${escapeSegment(key.slice(0, 100))}`,
      code: 'unknown_member',
      detail: 'this member is not known here',
    }))
  }
  return [{ pointer, code: issue.code, detail: issue.message.slice(0, 300) }]
}

/** RFC 6901 §3. */
function escapeSegment(segment: PropertyKey): string {
  return String(segment).replaceAll('~', '~0').replaceAll('/', '~1')
}

const MAX_REPORTED = 20
