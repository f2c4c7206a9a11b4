import { sha256 } from '../crypto/index.ts'

/**
 * A strong entity tag for what has no version: the same content has the same tag, in every process.
 * @param shown as a route answers it
 * @see RFC 9110 §8.8.1
 */
export function contentTag(shown: unknown): string {
  return sha256(JSON.stringify(shown)).toString('base64url').slice(0, 27)
}
