import { createHash, createHmac, type KeyObject } from 'node:crypto'

/**
 * Keys name people and addresses; Redis gets 128 bits of a hash instead.
 * @param hashKey as KeyObject: Node prepares a plain buffer anew for every MAC, which costs more
 * than the MAC itself
 */
export function hashRateLimitKey(key: string, hashKey: KeyObject | undefined): string {
  const hash = hashKey === undefined ? createHash('sha256') : createHmac('sha256', hashKey)
  return hash.update(key).digest().subarray(0, 16).toString('base64url')
}
