import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { UnsealError } from './seal-purpose.ts'
import { takeRandomBytes } from './take-random-bytes.ts'

export interface BoxInput {
  /** 32 bytes. */
  readonly key: Uint8Array
  /** Clear bytes in front of the box, authenticated with it. */
  readonly header: Uint8Array
  readonly aad: Uint8Array
}

/**
 * Encrypts to `header | nonce | ciphertext | tag`.
 * NIST SP 800-38D §8.3: at most 2^32 messages per key with random nonces. Keys here are per
 * purpose or per token, far below.
 */
export function sealBox(plaintext: Uint8Array, input: BoxInput): Buffer {
  const nonce = takeRandomBytes(NONCE_BYTES)
  // As KeyObject: Node 24 takes four times as long with plain bytes.
  const key = createSecretKey(input.key)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.concat([input.header, input.aad]))
  const ciphertext = cipher.update(plaintext)
  // In this mode it gives no more bytes, only the tag.
  cipher.final()
  return Buffer.concat([input.header, nonce, ciphertext, cipher.getAuthTag()])
}

/** @throws UnsealError */
export function openBox(sealed: Uint8Array, input: BoxInput): Buffer {
  const body = Buffer.from(sealed).subarray(input.header.length)
  if (body.length < NONCE_BYTES + TAG_BYTES) throw new UnsealError()
  const tag = body.subarray(body.length - TAG_BYTES)
  const ciphertext = body.subarray(NONCE_BYTES, body.length - TAG_BYTES)
  const nonce = body.subarray(0, NONCE_BYTES)
  const key = createSecretKey(input.key)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.concat([input.header, input.aad]))
  decipher.setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  } catch {
    // Wrong key, wrong purpose and tampering look the same on purpose.
    throw new UnsealError()
  }
}

const NONCE_BYTES = 12
const TAG_BYTES = 16
