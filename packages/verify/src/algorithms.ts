/** Signature algorithms a verifier may accept; HMAC and `none` never are among them. */
export type SigningAlgorithm = 'ES256' | 'EdDSA' | 'PS256' | 'RS256'

export const SIGNING_ALGORITHMS: readonly SigningAlgorithm[] = ['ES256', 'EdDSA', 'PS256', 'RS256']

export function isSigningAlgorithm(value: unknown): value is SigningAlgorithm {
  return SIGNING_ALGORITHMS.some((algorithm) => algorithm === value)
}

/**
 * Narrows a configured list to algorithms we know.
 *
 * @throws TypeError for an empty list, HMAC, `none`, or any other name.
 * @see RFC 8725 §3.1, §3.2
 */
export function parseAlgorithms(names: readonly string[]): readonly SigningAlgorithm[] {
  if (names.length === 0) throw new TypeError('`algorithms` needs at least one entry')
  return names.map((name) => {
    if (isSigningAlgorithm(name)) return name
    throw new TypeError(
      `algorithm \`${name}\` is not accepted: use one of ${SIGNING_ALGORITHMS.join(', ')}`,
    )
  })
}
