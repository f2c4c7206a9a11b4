import { sha256 } from '../crypto/index.ts'
import { canonicalJson } from '../idempotency/index.ts'

/**
 * A strong entity tag for what has no version: the same content has the same tag, in every process.
 * @param shown as a route answers it
 * @see RFC 9110 §8.8.1
 */
export function contentTag(shown: unknown): string {
  // The database orders members by a rule of its own, a request as it likes.
  return sha256(canonicalJson(shown)).toString('base64url').slice(0, 27)
}
