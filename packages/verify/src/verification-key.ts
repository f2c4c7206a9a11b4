import { constants, createPublicKey, verify } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { isSigningAlgorithm } from './algorithms.ts'
import type { SigningAlgorithm } from './algorithms.ts'
import { ecdsaRawToDer } from './ecdsa-der.ts'

/** A public key, ready for use, that belongs to exactly one algorithm. */
export interface VerificationKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly publicKey: KeyObject
}

/** A JSON Web Key as it arrives: nothing in it is trusted yet. */
export type Jwk = Readonly<Record<string, unknown>>

/**
 * Imports a public signing key; whatever can't be one gives `undefined`.
 *
 * @see RFC 7517 §4, RFC 8725 §3.1 (one key, one algorithm), §3.5 (key strength)
 */
export function importVerificationKey(jwk: Jwk): VerificationKey | undefined {
  const { kid } = jwk
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) return undefined
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') return undefined
  if (jwk['key_ops'] !== undefined && !allowsVerify(jwk['key_ops'])) return undefined
  // A key whose private part is published belongs to everybody.
  if (jwk['d'] !== undefined) return undefined
  const alg = algorithmOf(jwk)
  if (alg === undefined) return undefined
  const publicKey = toKeyObject(jwk)
  if (publicKey === undefined || !isStrongEnough(publicKey)) return undefined
  return { kid, alg, publicKey }
}

/** Checks `signature` (JOSE form) over `data`; never throws for a bad signature. */
export function verifySignature(
  key: VerificationKey,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  switch (key.alg) {
    case 'ES256': {
      const der = ecdsaRawToDer(signature)
      return der !== undefined && verify('sha256', data, key.publicKey, der)
    }
    case 'EdDSA':
      return verify(null, data, key.publicKey, signature)
    case 'RS256':
      return verify('sha256', data, key.publicKey, signature)
    case 'PS256':
      return verify('sha256', data, { key: key.publicKey, ...PSS }, signature)
  }
}

/**
 * The one algorithm this key may be used with: its `alg`, which must agree with its type and curve.
 * An RSA key without `alg` fits two algorithms and is not used.
 */
function algorithmOf(jwk: Jwk): SigningAlgorithm | undefined {
  const { kty, crv } = jwk
  const fitting = FITTING.filter((entry) => entry.kty === kty && entry.crv === crv)
  if (jwk['alg'] === undefined) return fitting.length === 1 ? fitting[0]?.alg : undefined
  if (!isSigningAlgorithm(jwk['alg'])) return undefined
  return fitting.find((entry) => entry.alg === jwk['alg'])?.alg
}

function allowsVerify(operations: unknown): boolean {
  return Array.isArray(operations) && operations.includes('verify')
}

function toKeyObject(jwk: Jwk): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
  } catch {
    // One unreadable key must not take the readable ones of the same set with it.
    return undefined
  }
}

function isStrongEnough(key: KeyObject): boolean {
  if (key.asymmetricKeyType !== 'rsa') return true
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS
}

/** Characters of a `kid`; ours have about 30. */
export const MAX_KID_LENGTH = 128

// RFC 7518 §3.3 asks for 2048 bits at least; more than 8192 would let a key set burn our CPU.
const MIN_RSA_BITS = 2048
const MAX_RSA_BITS = 8192

// RFC 7518 §3.5: the salt is as long as the hash.
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }

const FITTING: readonly { alg: SigningAlgorithm; kty: string; crv: string | undefined }[] = [
  { alg: 'ES256', kty: 'EC', crv: 'P-256' },
  { alg: 'EdDSA', kty: 'OKP', crv: 'Ed25519' },
  { alg: 'PS256', kty: 'RSA', crv: undefined },
  { alg: 'RS256', kty: 'RSA', crv: undefined },
]
