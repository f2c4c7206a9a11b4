import { hmacSha256 } from '../platform/crypto/index.ts'

/** Bound to the session by its cookie, so there is nothing to store and nothing to fix beforehand. */
export function csrfTokenOf(csrfKey: Buffer, cookie: string): string {
  return hmacSha256(csrfKey, cookie).toString('base64url')
}
