import { createHash, createHmac } from 'node:crypto'

/** Keys name people and addresses; Redis gets 128 bits of a hash instead. */
export function hashRateLimitKey(key: string, hashKey: Uint8Array | undefined): string {
  const hash = hashKey === undefined ? createHash('sha256') : createHmac('sha256', hashKey)
  return hash.update(key).digest().subarray(0, 16).toString('base64url')
}
