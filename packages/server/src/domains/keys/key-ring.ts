import { isDeepStrictEqual } from 'node:util'
import { DEFAULT_SIGNING_ALGORITHM, SIGNING_ALGORITHMS, type TenantId } from '../../kernel/index.ts'
import type { Sealer } from '../../platform/crypto/index.ts'
import { openSigner, toPublishedKey } from './key-material.ts'
import {
  type KeyAlgorithm,
  keyIn,
  type PublicJwk,
  type PublishedKey,
  type Signer,
  type StoredKey,
} from './model.ts'

/** The published keys of one tenant, ready for use. */
export interface KeyRing {
  /** `signingKeysVersion` of the tenant when they were read, or an earlier one. */
  readonly version: number
  /**
   * Unseals the private half at the first call only; undefined if no key of that algorithm is
   * active. @throws signing_key_unavailable
   */
  signer(algorithm: KeyAlgorithm): Signer | undefined
  /** The signer, if it was asked for before. */
  openedSigner(algorithm: KeyAlgorithm): Signer | undefined
  readonly jwks: readonly PublicJwk[]
  /** Those that a key is active for. */
  readonly algorithms: ReadonlySet<KeyAlgorithm>
  readonly verification: ReadonlyMap<string, PublishedKey>
}

interface RingParts {
  readonly sealer: Sealer
  readonly tenant: TenantId
  readonly version: number
  readonly keys: readonly StoredKey[]
  readonly previous: KeyRing | undefined
}

/**
 * Makes a ring from rows. What did not change keeps its object: verifiers remember tokens by the
 * key object, and an unchanged private key is not unsealed again.
 */
export function createKeyRing({ sealer, tenant, version, keys, previous }: RingParts): KeyRing {
  const active = new Map<KeyAlgorithm, StoredKey>()
  for (const algorithm of SIGNING_ALGORITHMS) {
    const key = keyIn(keys, algorithm, 'active')
    if (key !== undefined) active.set(algorithm, key)
  }
  if (!active.has(DEFAULT_SIGNING_ALGORITHM)) {
    throw new TypeError('a tenant has an active signing key')
  }
  const verification = new Map(
    keys.map((key) => [key.id as string, reuseKey(key, previous) ?? toPublishedKey(key)]),
  )
  const opened = new Map<KeyAlgorithm, Signer>()
  for (const [algorithm, key] of active) {
    const known = previous?.openedSigner(algorithm)
    if (known?.keyId === key.id) opened.set(algorithm, known)
  }
  return {
    version,
    signer: (algorithm) => {
      const known = opened.get(algorithm)
      if (known !== undefined) return known
      const key = active.get(algorithm)
      if (key === undefined) return undefined
      const signer = openSigner(sealer, tenant, key)
      opened.set(algorithm, signer)
      return signer
    },
    openedSigner: (algorithm) => opened.get(algorithm),
    jwks: keys.map((key) => key.publicJwk),
    algorithms: new Set(active.keys()),
    verification,
  }
}

function reuseKey(key: StoredKey, previous: KeyRing | undefined): PublishedKey | undefined {
  const known = previous?.jwks.find((jwk) => jwk.kid === key.id)
  return isDeepStrictEqual(known, key.publicJwk) ? previous?.verification.get(key.id) : undefined
}
