import type { Signer } from '../keys/index.ts'

/**
 * Signs a payload as compact JWS. `typ` says what the token is, so that one kind is never taken
 * for another; an ID token has none.
 * @see RFC 7515 §3.1, RFC 8725 §3.11
 */
export async function signJws(
  signer: Signer,
  typ: string | undefined,
  payload: object,
): Promise<string> {
  const body = Buffer.from(JSON.stringify(payload)).toString('base64url')
  const signingInput = `${headerSegment(signer, typ)}.${body}`
  return `${signingInput}.${(await signer.sign(signingInput)).toString('base64url')}`
}

/** A key signs thousands of tokens under the same header. */
function headerSegment(signer: Signer, typ: string | undefined): string {
  let segments = headerSegments.get(signer)
  if (segments === undefined) {
    segments = new Map()
    headerSegments.set(signer, segments)
  }
  let segment = segments.get(typ)
  if (segment === undefined) {
    const header = { typ, alg: signer.algorithm, kid: signer.keyId }
    segment = Buffer.from(JSON.stringify(header)).toString('base64url')
    segments.set(typ, segment)
  }
  return segment
}

const headerSegments = new WeakMap<Signer, Map<string | undefined, string>>()
