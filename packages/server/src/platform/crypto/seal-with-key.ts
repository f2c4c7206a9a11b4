import { openBox, sealBox } from './aes-gcm-box.ts'
import { encodeSealPurpose, type SealPurpose, UnsealError } from './seal-purpose.ts'

/**
 * Seals under a key that the caller holds, such as one derived from a token that the server does
 * not keep: then the database alone reveals nothing.
 * Format: version (1 byte) | nonce (12) | ciphertext | tag (16).
 * @param key 32 bytes
 */
export function sealWithKey(
  key: Uint8Array,
  plaintext: Uint8Array | string,
  purpose: SealPurpose,
): Buffer {
  const bytes = typeof plaintext === 'string' ? Buffer.from(plaintext) : plaintext
  return sealBox(bytes, { key, header: HEADER, aad: encodeSealPurpose(purpose) })
}

/** @throws UnsealError */
export function unsealWithKey(key: Uint8Array, sealed: Uint8Array, purpose: SealPurpose): Buffer {
  if (sealed[0] !== HEADER[0]) throw new UnsealError()
  return openBox(sealed, { key, header: HEADER, aad: encodeSealPurpose(purpose) })
}

/** Another version byte than the sealer's, so that neither opens the other's. */
const HEADER = Uint8Array.of(0x81)
