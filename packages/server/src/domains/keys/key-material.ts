import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { DEFAULT_SIGNING_ALGORITHM, type KeyId, newId, type TenantId } from '../../kernel/index.ts'
import type { Sealer } from '../../platform/crypto/index.ts'
import { keyErrors } from './errors.ts'
import { ALGORITHM_RULES } from './key-algorithms.ts'
import type { KeyAlgorithm, PublicJwk, PublishedKey, Signer, StoredKey } from './model.ts'
import { publicJwkSchema } from './schema.ts'

/** A new key pair, its private half sealed for this tenant, this key and its algorithm. */
export interface NewKey {
  readonly id: KeyId
  readonly publicJwk: PublicJwk
  readonly privateKeySealed: Buffer
}

export async function generateKey(
  sealer: Sealer,
  tenant: TenantId,
  algorithm: KeyAlgorithm,
): Promise<NewKey> {
  const id = newId('key')
  const { publicKey, privateKey } = await ALGORITHM_RULES[algorithm].generate()
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
  const privateKeySealed = sealer.seal(pkcs8, sealPurpose(tenant, { id, algorithm }))
  pkcs8.fill(0)
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: id, use: 'sig', alg: algorithm }
  return { id, publicJwk: publicJwkSchema.parse(jwk), privateKeySealed }
}

/** @throws signing_key_unavailable if the private half is missing or does not open */
export function openSigner(sealer: Sealer, tenant: TenantId, key: StoredKey): Signer {
  const signData = ALGORITHM_RULES[key.algorithm].signWith(openPrivateKey(sealer, tenant, key))
  return {
    keyId: key.id,
    algorithm: key.algorithm,
    sign: (signingInput) => signData(Buffer.from(signingInput, 'latin1')),
  }
}

export function toPublishedKey(key: StoredKey): PublishedKey {
  const publicKey = createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' })
  return { kid: key.id, alg: key.algorithm, publicKey }
}

function openPrivateKey(sealer: Sealer, tenant: TenantId, key: StoredKey): KeyObject {
  try {
    const pkcs8 = sealer.unseal(key.privateKeySealed ?? NOTHING, sealPurpose(tenant, key))
    const privateKey = createPrivateKey({ key: pkcs8, type: 'pkcs8', format: 'der' })
    pkcs8.fill(0)
    return privateKey
  } catch (cause) {
    throw keyErrors.signing_key_unavailable({
      cause,
      internal: `private key of ${key.id} does not open: is this the master key that sealed it?`,
    })
  }
}

/**
 * Attack: whoever writes to the database puts a sealed key of theirs into another tenant's row, or
 * has an RSA key sign by another algorithm than its own (RFC 8725bis §3.1). Keys of ES256 were sealed
 * before there was a second algorithm, so theirs is the purpose without a name.
 */
function sealPurpose(
  tenant: TenantId,
  { id, algorithm }: { readonly id: KeyId; readonly algorithm: KeyAlgorithm },
) {
  const subject = algorithm === DEFAULT_SIGNING_ALGORITHM ? id : `${id} ${algorithm}`
  return { purpose: 'signing_key', tenant, subject }
}

const NOTHING = Buffer.alloc(0)
