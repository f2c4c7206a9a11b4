import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { promisify } from 'node:util'
import { type KeyId, newId, type TenantId } from '../../kernel/index.ts'
import type { Sealer } from '../../platform/crypto/index.ts'
import { ecdsaDerToRaw } from './ecdsa-signature.ts'
import { keyErrors } from './errors.ts'
import type { PublicJwk, PublishedKey, Signer, StoredKey } from './model.ts'
import { publicJwkSchema } from './schema.ts'

/** A new key pair, its private half sealed for this tenant and this key. */
export interface NewKey {
  readonly id: KeyId
  readonly publicJwk: PublicJwk
  readonly privateKeySealed: Buffer
}

export function generateKey(sealer: Sealer, tenant: TenantId): NewKey {
  const id = newId('key')
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
  const privateKeySealed = sealer.seal(pkcs8, sealPurpose(tenant, id))
  pkcs8.fill(0)
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: id, use: 'sig', alg: 'ES256' }
  return { id, publicJwk: publicJwkSchema.parse(jwk), privateKeySealed }
}

/** @throws signing_key_unavailable if the private half is missing or does not open */
export function openSigner(sealer: Sealer, tenant: TenantId, key: StoredKey): Signer {
  const privateKey = openPrivateKey(sealer, tenant, key)
  return {
    keyId: key.id,
    algorithm: key.algorithm,
    sign: async (signingInput) =>
      ecdsaDerToRaw(await signAside('sha256', Buffer.from(signingInput, 'latin1'), privateKey)),
  }
}

export function toPublishedKey(key: StoredKey): PublishedKey {
  const publicKey = createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' })
  return { kid: key.id, alg: key.algorithm, publicKey }
}

function openPrivateKey(sealer: Sealer, tenant: TenantId, key: StoredKey): KeyObject {
  try {
    const pkcs8 = sealer.unseal(key.privateKeySealed ?? NOTHING, sealPurpose(tenant, key.id))
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

/** Attack: whoever writes to the database puts a sealed key of theirs into another tenant's row. */
function sealPurpose(tenant: TenantId, id: KeyId) {
  return { purpose: 'signing_key', tenant, subject: id }
}

/** A signature is a third of what a token costs; another core makes it while requests go on. */
const signAside = promisify(sign)
const NOTHING = Buffer.alloc(0)
