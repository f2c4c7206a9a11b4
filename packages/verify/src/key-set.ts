import { isDeepStrictEqual } from 'node:util'
import type { SigningAlgorithm } from './algorithms.ts'
import { SIGNING_ALGORITHMS } from './algorithms.ts'
import { importVerificationKey } from './verification-key.ts'
import type { Jwk, VerificationKey } from './verification-key.ts'

/** A JSON Web Key Set. @see RFC 7517 §5 */
export interface JwkSet {
  readonly keys: readonly Jwk[]
}

/** Where the verifier finds keys: remote, static, or a server's own store. */
export interface KeySource {
  /**
   * Finds the key an issuer signs with. Answer without a promise when the key is at hand: that is
   * faster. `undefined` means the issuer has no such key.
   *
   * WARNING: give a key only to the issuer it belongs to, else one issuer can sign as another.
   */
  findKey(
    issuer: string,
    kid: string,
  ): VerificationKey | undefined | Promise<VerificationKey | undefined>
  close?(): void
}

/** The usable keys of a set by `kid`, with the JWK each came from. */
export type KeySet = ReadonlyMap<string, { readonly jwk: Jwk; readonly key: VerificationKey }>

/**
 * Reads a parsed JWK Set; keys we can't or may not use are left out.
 *
 * @param previous keys that did not change keep their object, so that cached tokens stay cached.
 * @throws TypeError when `document` is no key set at all.
 */
export function parseKeySet(
  document: unknown,
  algorithms: readonly SigningAlgorithm[],
  previous?: KeySet,
): KeySet {
  const keys = new Map<string, { jwk: Jwk; key: VerificationKey }>()
  const ambiguous = new Set<string>()
  for (const jwk of jwksOf(document)) {
    const key = importVerificationKey(jwk)
    if (key === undefined || !algorithms.includes(key.alg)) continue
    if (keys.has(key.kid)) ambiguous.add(key.kid)
    const known = previous?.get(key.kid)
    const isUnchanged = known !== undefined && isDeepStrictEqual(known.jwk, jwk)
    keys.set(key.kid, isUnchanged ? known : { jwk, key })
  }
  // Two keys of one name: whichever we took, a reader elsewhere could take the other.
  for (const kid of ambiguous) keys.delete(kid)
  return keys
}

/**
 * A key source that never uses the network.
 *
 * @param issuer the one issuer these keys belong to; any other finds nothing.
 * @throws TypeError when `jwks` is no key set.
 */
export function createStaticKeys(jwks: JwkSet, issuer: string): KeySource {
  const keys = parseKeySet(jwks, SIGNING_ALGORITHMS)
  return {
    findKey: (wanted, kid) => (wanted === issuer ? keys.get(kid)?.key : undefined),
  }
}

function jwksOf(document: unknown): Jwk[] {
  const keys = isRecord(document) ? document['keys'] : undefined
  if (!Array.isArray(keys)) throw new TypeError('a key set needs an array `keys`')
  return keys.filter(isRecord)
}

function isRecord(value: unknown): value is Jwk {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
