import { createPublicKey, type KeyObject } from 'node:crypto'
import { ExternalSigningKey, type JWKS } from 'oidc-provider'
import type { TenantRef } from '../../../kernel/index.ts'
import type { Keys, PublicJwk, Signer } from '../../keys/index.ts'

export interface ProviderKeys {
  /** Changes whenever another key signs or the published set changes. */
  readonly version: string
  /** Makes the key objects; called once for each engine. */
  jwks(): JWKS
}

/** The keys of the tenant, the one that signs first. @throws signing_key_unavailable */
export async function loadProviderKeys(keys: Keys, tenant: TenantRef): Promise<ProviderKeys> {
  const signer = await keys.signer(tenant)
  const published = (await keys.jwks(tenant)).keys
  const active = published.filter(({ kid }) => kid === signer.keyId)
  const others = published.filter(({ kid }) => kid !== signer.keyId)
  return {
    version: [...active, ...others].map(({ kid }) => kid).join(' '),
    jwks: () => ({ keys: [...active, ...others].map((jwk) => new TenantSigningKey(jwk, signer)) }),
  }
}

/**
 * The private half stays with the `keys` domain: the engine asks for signatures. A key that is only
 * published verifies, and signs nothing.
 */
class TenantSigningKey extends ExternalSigningKey {
  readonly #publicKey: KeyObject
  readonly #signer: Signer
  readonly #isActive: boolean

  constructor(jwk: PublicJwk, signer: Signer) {
    super()
    this.#publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    this.#signer = signer
    this.#isActive = jwk.kid === signer.keyId
    Object.assign(this, { kid: jwk.kid, alg: jwk.alg })
  }

  override keyObject(): KeyObject {
    return this.#publicKey
  }

  override async sign(data: Uint8Array): Promise<Uint8Array> {
    if (!this.#isActive) throw new TypeError('this key does not sign')
    return this.#signer.sign(Buffer.from(data).toString('latin1'))
  }
}
