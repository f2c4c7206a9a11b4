import { idempotencyErrors } from './errors.ts'

/**
 * The key that a request names, with or without the quotes of a structured field (RFC 9651); the two
 * are one key. Two headers are joined with a space by the parser of HTTP, and refused.
 * @returns undefined if it names none
 * @throws idempotency_key_malformed
 */
export function parseIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  const key = typeof header === 'string' ? KEY.exec(header)?.[2] : undefined
  if (key === undefined) throw idempotencyErrors.idempotency_key_malformed()
  return key
}

/** Visible ASCII without `"` and `\`, which would need escapes inside the quotes. */
const KEY = /^("?)([\x21\x23-\x5b\x5d-\x7e]{1,255})\1$/
