import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Compares two byte strings in a time that depends on their lengths only.
 * Both are hashed first, so that even the length of a secret is not revealed by an early return.
 */
export function constantTimeEqual(a: Uint8Array | string, b: Uint8Array | string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest(value: Uint8Array | string): Buffer {
  return createHash('sha256').update(value).digest()
}
