/**
 * The master key that examples show. Everyone knows it, so `serve` refuses it.
 * Base64 of 32 bytes without any other use.
 */
export const SAMPLE_MASTER_KEY = 'ok9RkelVFXfPsKh5OgTXrlLWaUh+get0fcW/ntgbfc4='

/** Why a key of 32 bytes can not be a random one, or undefined. */
export function findKeyWeakness(key: Uint8Array): string | undefined {
  if (Buffer.from(key).toString('base64') === SAMPLE_MASTER_KEY) {
    return 'it is the sample key from the documentation'
  }
  // 32 random bytes have fewer than 16 distinct values less than once in 10^13 keys.
  if (new Set(key).size < MIN_DISTINCT_BYTES) return 'its bytes repeat: it is not random'
  if (key.every((byte, index) => byte === ((key[0] ?? 0) + index) % 256)) {
    return 'its bytes count up: it is not random'
  }
  // 32 random bytes are all printable less than once in 10^13 keys.
  if (key.every((byte) => byte >= 0x20 && byte <= 0x7e)) return 'it is text, not random bytes'
  return undefined
}

const MIN_DISTINCT_BYTES = 16
