import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** `bytes` random bytes (default 32 = 256 bits) in base64url without padding. */
export function randomToken(bytes = 32): string {
  if (!Number.isInteger(bytes) || bytes < 16 || bytes > 1024) {
    throw new RangeError('a token has 16 to 1024 bytes')
  }
  return randomBytes(bytes).toString('base64url')
}

/** For values with at least 128 bits of entropy, never for passwords. */
export function sha256(value: Uint8Array | string): Buffer {
  return createHash('sha256').update(value).digest()
}

export function hmacSha256(key: Uint8Array, value: Uint8Array | string): Buffer {
  return createHmac('sha256', key).update(value).digest()
}

/**
 * Derives `length` bytes (default 32) from a secret that has enough entropy itself.
 * @param info names the use; different texts give independent keys
 * @see RFC 5869
 */
export function hkdf(secret: Uint8Array | string, info: string, length = 32): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), info, length))
}
