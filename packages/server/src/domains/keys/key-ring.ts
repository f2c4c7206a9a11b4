import type { TenantId } from '../../kernel/index.ts'
import type { Sealer } from '../../platform/crypto/index.ts'
import { openSigner, toPublishedKey } from './key-material.ts'
import type { PublicJwk, PublishedKey, Signer, StoredKey } from './model.ts'

/** The published keys of one tenant, ready for use. */
export interface KeyRing {
  /** Unseals the private half at the first call only. @throws signing_key_unavailable */
  signer(): Signer
  /** The signer, if it was asked for before. */
  openedSigner(): Signer | undefined
  readonly jwks: readonly PublicJwk[]
  readonly verification: ReadonlyMap<string, PublishedKey>
}

interface RingParts {
  readonly sealer: Sealer
  readonly tenant: TenantId
  readonly keys: readonly StoredKey[]
  readonly previous: KeyRing | undefined
}

/**
 * Makes a ring from rows. What did not change keeps its object: verifiers remember tokens by the
 * key object, and an unchanged private key is not unsealed again.
 */
export function createKeyRing({ sealer, tenant, keys, previous }: RingParts): KeyRing {
  const active = keys.find((key) => key.status === 'active')
  if (active === undefined) throw new TypeError('a tenant has an active signing key')
  const verification = new Map(
    keys.map((key) => [key.id as string, reuseKey(key, previous) ?? toPublishedKey(key)]),
  )
  const known = previous?.openedSigner()
  let signer = known?.keyId === active.id ? known : undefined
  return {
    signer: () => {
      signer ??= openSigner(sealer, tenant, active)
      return signer
    },
    openedSigner: () => signer,
    jwks: keys.map((key) => key.publicJwk),
    verification,
  }
}

function reuseKey(key: StoredKey, previous: KeyRing | undefined): PublishedKey | undefined {
  const known = previous?.jwks.find((jwk) => jwk.kid === key.id)
  const isSame = known?.x === key.publicJwk.x && known.y === key.publicJwk.y
  return isSame ? previous?.verification.get(key.id) : undefined
}
