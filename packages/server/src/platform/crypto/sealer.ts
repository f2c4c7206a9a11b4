import type { Secret } from '../../kernel/index.ts'
import { openBox, sealBox } from './aes-gcm-box.ts'
import { hkdf, sha256 } from './primitives.ts'
import { encodeSealPurpose, type SealPurpose, UnsealError } from './seal-purpose.ts'

export interface SealerOptions {
  /** 32 bytes. Seals everything new. */
  readonly masterKey: Secret<Uint8Array>
  /** Earlier master keys: they open what they sealed, and seal nothing. */
  readonly previous?: readonly Secret<Uint8Array>[]
}

/** Encrypts secrets that rest in the database. */
export interface Sealer {
  seal(plaintext: Uint8Array | string, purpose: SealPurpose): Buffer
  /** @throws UnsealError on another purpose, an unknown master key, or any changed bit */
  unseal(sealed: Uint8Array, purpose: SealPurpose): Buffer
  /** False when it was sealed under an earlier master key and should be sealed again. */
  isCurrent(sealed: Uint8Array): boolean
}

/**
 * AES-256-GCM under a key derived per purpose from the master key.
 * Format: version (1 byte) | master key id (4) | nonce (12) | ciphertext | tag (16).
 * @throws TypeError if a key has not 32 bytes
 */
export function createSealer({ masterKey, previous = [] }: SealerOptions): Sealer {
  const current = createKeyRing(masterKey)
  const rings = new Map([...previous.map(createKeyRing), current].map((ring) => [ring.id, ring]))
  return {
    seal: (plaintext, purpose) =>
      sealBox(toBytes(plaintext), {
        key: current.keyFor(purpose.purpose),
        header: current.header,
        aad: encodeSealPurpose(purpose),
      }),
    unseal: (sealed, purpose) => {
      const ring = sealed[0] === VERSION ? rings.get(keyIdOf(sealed)) : undefined
      if (ring === undefined) throw new UnsealError()
      const key = ring.keyFor(purpose.purpose)
      return openBox(sealed, { key, header: ring.header, aad: encodeSealPurpose(purpose) })
    },
    isCurrent: (sealed) => sealed[0] === VERSION && keyIdOf(sealed) === current.id,
  }
}

interface KeyRing {
  readonly id: string
  readonly header: Buffer
  keyFor(purpose: string): Buffer
}

function createKeyRing(masterKey: Secret<Uint8Array>): KeyRing {
  const master = masterKey.reveal()
  if (master.length !== 32) throw new TypeError('a master key has 32 bytes')
  const id = sha256(Buffer.concat([KEY_ID_CONTEXT, master])).subarray(0, KEY_ID_BYTES)
  // Purposes are a handful of constants in our code, so this does not grow.
  const keys = new Map<string, Buffer>()
  return {
    id: id.toString('hex'),
    header: Buffer.concat([Uint8Array.of(VERSION), id]),
    keyFor: (purpose) => {
      const known = keys.get(purpose)
      if (known !== undefined) return known
      const key = hkdf(master, `countersign/seal/v1/${purpose}`)
      keys.set(purpose, key)
      return key
    },
  }
}

function keyIdOf(sealed: Uint8Array): string {
  return Buffer.from(sealed.subarray(1, 1 + KEY_ID_BYTES)).toString('hex')
}

function toBytes(plaintext: Uint8Array | string): Uint8Array {
  return typeof plaintext === 'string' ? Buffer.from(plaintext) : plaintext
}

const VERSION = 1
const KEY_ID_BYTES = 4
/** Keeps the id from being a plain hash of the key. */
const KEY_ID_CONTEXT = Buffer.from('countersign/master-key-id/')
