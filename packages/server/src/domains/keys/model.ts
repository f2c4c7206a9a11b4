import type { KeyObject } from 'node:crypto'
import type { KeyId } from '../../kernel/index.ts'

/**
 * `next` is published and waits · `active` signs · `retiring` is published and signs nothing ·
 * `gone` was retired, `revoked` was withdrawn: neither is published.
 */
export type KeyStatus = 'next' | 'active' | 'retiring' | 'revoked' | 'gone'

/** RFC 8725bis §3.1: a key belongs to exactly one algorithm. */
export type KeyAlgorithm = 'ES256'

/** A public key as it is published. @see RFC 7517 §4, RFC 7518 §6.2.1 */
export interface PublicJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly kid: string
  readonly use: 'sig'
  readonly alg: KeyAlgorithm
}

export interface SigningKey {
  /** Also its `kid`. */
  readonly id: KeyId
  readonly algorithm: KeyAlgorithm
  readonly status: KeyStatus
  readonly publicJwk: PublicJwk
  readonly createdAt: Date
  readonly activatedAt: Date | undefined
  readonly retiredAt: Date | undefined
  /** When it was revoked or went. */
  readonly removedAt: Date | undefined
}

/** A key that is published, with its private half as long as it may sign. */
export interface StoredKey extends SigningKey {
  readonly privateKeySealed: Buffer | undefined
}

/** Signs with one key of one tenant. */
export interface Signer {
  readonly keyId: KeyId
  readonly algorithm: KeyAlgorithm
  /**
   * Signs an ASCII text, beside the event loop; gives the signature in JOSE form (64 bytes for
   * ES256).
   */
  sign(signingInput: string): Promise<Buffer>
}

/** A public key as `@countersign/verify` uses it. */
export interface PublishedKey {
  readonly kid: string
  readonly alg: KeyAlgorithm
  readonly publicKey: KeyObject
}

/**
 * Where a verifier finds the keys of one tenant; has the shape of `KeySource` of
 * `@countersign/verify`. Answers without a promise when the key is in memory.
 */
export interface TenantKeySource {
  findKey(issuer: string, kid: string): PublishedKey | undefined | Promise<PublishedKey | undefined>
}
