/** A parameter of a `WWW-Authenticate` challenge; an undefined one is left out. */
export type ChallengeParameters = Readonly<Record<string, string | undefined>>

/**
 * Writes a `Bearer` challenge.
 *
 * @see RFC 6750 §3, RFC 9470 §3, RFC 9110 §11.6.1
 */
export function bearerChallenge(parameters: ChallengeParameters = {}): string {
  const written = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${value.replace(UNQUOTABLE, '_')}"`],
  )
  return written.length === 0 ? 'Bearer' : `Bearer ${written.join(', ')}`
}

// SECURITY: header injection. Only what RFC 6750 §3 allows inside the quotes stays: no control
// character, no quote, no backslash, nothing beyond ASCII.
const UNQUOTABLE = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g
