import { parseStrictJson } from '@countersign/verify/strict-json'

/** What a script put into a field of a form; undefined if it is no JSON. */
export function parseJsonField(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined
  try {
    return parseStrictJson(Buffer.from(text), { maxDepth: 8 })
  } catch {
    // Whatever it was, the schema refuses `undefined`.
    return undefined
  }
}
