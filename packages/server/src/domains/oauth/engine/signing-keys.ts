import { createPublicKey, type KeyObject } from 'node:crypto'
import { ExternalSigningKey, type JWKS } from 'oidc-provider'
import { offeredAlgorithms, type TenantRef } from '../../../kernel/index.ts'
import type { KeyAlgorithm, Keys, PublicJwk, Signer } from '../../keys/index.ts'

export interface ProviderKeys {
  /** Changes whenever another key signs, or the published set or the choice of the tenant changes. */
  readonly version: string
  /** What the tenant signs with. Keys of others may still be published. */
  readonly algorithms: readonly KeyAlgorithm[]
  /** Makes the key objects; called once for each engine. */
  jwks(): JWKS
}

/** The keys of the tenant, those that sign first. @throws signing_key_unavailable */
export async function loadProviderKeys(keys: Keys, tenant: TenantRef): Promise<ProviderKeys> {
  const algorithms = offeredAlgorithms(tenant.policy)
  const signers = new Map<string, Signer>()
  for (const algorithm of algorithms) {
    const signer = await keys.signer(tenant, algorithm)
    signers.set(signer.keyId, signer)
  }
  const published = (await keys.jwks(tenant)).keys
  const active = [...signers.keys()].flatMap((id) => published.filter(({ kid }) => kid === id))
  const others = published.filter(({ kid }) => !signers.has(kid))
  const sorted = [...active, ...others]
  return {
    version: [...algorithms, ...sorted.map(({ kid }) => kid)].join(' '),
    algorithms,
    jwks: () => ({
      keys: sorted.map((jwk) => new TenantSigningKey(jwk, signers.get(jwk.kid))),
    }),
  }
}

/**
 * The private half stays with the `keys` domain: the engine asks for signatures. A key that is only
 * published verifies, and signs nothing.
 */
class TenantSigningKey extends ExternalSigningKey {
  readonly #publicKey: KeyObject
  readonly #signer: Signer | undefined

  constructor(jwk: PublicJwk, signer: Signer | undefined) {
    super()
    this.#publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    this.#signer = signer
    Object.assign(this, { kid: jwk.kid, alg: jwk.alg })
  }

  override keyObject(): KeyObject {
    return this.#publicKey
  }

  override async sign(data: Uint8Array): Promise<Uint8Array> {
    if (this.#signer === undefined) throw new TypeError('this key does not sign')
    return this.#signer.sign(Buffer.from(data).toString('latin1'))
  }
}
