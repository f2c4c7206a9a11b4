import type { KeyObject } from 'node:crypto'
import type { KeyId, SigningAlgorithm } from '../../kernel/index.ts'

/**
 * `next` is published and waits · `active` signs · `retiring` is published and signs nothing ·
 * `gone` was retired, `revoked` was withdrawn: neither is published.
 */
export type KeyStatus = 'next' | 'active' | 'retiring' | 'revoked' | 'gone'

/** RFC 8725bis §3.1: a key belongs to exactly one algorithm. */
export type KeyAlgorithm = SigningAlgorithm

interface PublicJwkCommon {
  readonly kid: string
  readonly use: 'sig'
}

/** @see RFC 7518 §6.2.1 */
export interface EllipticPublicJwk extends PublicJwkCommon {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly alg: 'ES256'
}

/** @see RFC 7518 §6.3.1 */
export interface RsaPublicJwk extends PublicJwkCommon {
  readonly kty: 'RSA'
  readonly n: string
  readonly e: 'AQAB'
  readonly alg: 'PS256' | 'RS256'
}

/** @see RFC 8037 §2 */
export interface EdwardsPublicJwk extends PublicJwkCommon {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly alg: 'EdDSA'
}

/** A public key as it is published. @see RFC 7517 §4 */
export type PublicJwk = EllipticPublicJwk | RsaPublicJwk | EdwardsPublicJwk

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
   * ES256 and EdDSA, 384 for RSA).
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

/** The key of that algorithm in that state, of which there is one at most. */
export function keyIn<K extends SigningKey>(
  keys: readonly K[],
  algorithm: KeyAlgorithm,
  status: 'active' | 'next',
): K | undefined {
  return keys.find((key) => key.status === status && key.algorithm === algorithm)
}
