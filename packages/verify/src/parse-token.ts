import type { SigningAlgorithm } from './algorithms.ts'
import { decodeBase64url } from './base64url.ts'
import { BoundedMap } from './bounded-map.ts'
import { parseStrictJson } from './strict-json.ts'
import { MAX_KID_LENGTH } from './verification-key.ts'
import { VerifyError } from './verify-error.ts'

/** The members of a token's payload; values are still unchecked. */
export type Claims = Readonly<Record<string, unknown>>

export interface ParsedToken {
  readonly alg: SigningAlgorithm
  readonly kid: string
  readonly claims: Claims
  /** The bytes the signature is over. */
  readonly signingInput: Buffer
  readonly signature: Buffer
}

export interface ParseTokenPolicy {
  readonly algorithms: readonly SigningAlgorithm[]
  /** Lower case, without `application/`. */
  readonly typ: string
}

/** Takes a compact JWS apart; see {@link createTokenParser}. */
export type TokenParser = (token: string) => ParsedToken

/**
 * Makes a function that takes a compact JWS apart and checks its header. Nothing is proven by that:
 * the signature comes next.
 *
 * The function throws VerifyError `token_malformed`, `algorithm_refused`, `type_refused`,
 * `critical_header_refused`, `header_refused`.
 *
 * @see RFC 7515 §5.2, RFC 8725 §3, RFC 9068 §4
 */
export function createTokenParser(policy: ParseTokenPolicy): TokenParser {
  // An issuer writes the same header for every token of a key: a few texts, each accepted once.
  const accepted = new BoundedMap<string, Header>(REMEMBERED_HEADERS)

  function acceptHeader(text: string): Header {
    const header = parseHeader(text, policy)
    // Copied, because a slice would keep the whole token in memory.
    accepted.set(Buffer.from(text, 'latin1').toString('latin1'), header)
    return header
  }

  return (token) => {
    const headerEnd = token.indexOf('.')
    const payloadEnd = token.indexOf('.', headerEnd + 1)
    // A fourth part would be in the signature, where the dot is no base64url.
    if (headerEnd < 0 || payloadEnd < 0) throw malformed('a token has three parts')
    const text = token.slice(0, headerEnd)
    const header = accepted.get(text) ?? acceptHeader(text)

    // After the header, so that an unsigned token (`alg` none) is named for what it is.
    const signature = decode(token.slice(payloadEnd + 1))
    const claims = parseObject(token.slice(headerEnd + 1, payloadEnd))
    const signingInput = Buffer.from(token.slice(0, payloadEnd), 'latin1')
    return { alg: header.alg, kid: header.kid, claims, signingInput, signature }
  }
}

type Header = Pick<ParsedToken, 'alg' | 'kid'>

function parseHeader(text: string, policy: ParseTokenPolicy): Header {
  const header = parseObject(text)
  const alg = checkAlgorithm(header, policy)
  checkType(header, policy)
  return { alg, kid: checkHeader(header) }
}

function decode(part: string): Buffer {
  const bytes = part === '' ? undefined : decodeBase64url(part)
  if (bytes === undefined) throw malformed('a part is not canonical base64url')
  return bytes
}

function parseObject(part: string): Claims {
  const value = parseJson(decode(part))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('a part is not a JSON object')
  }
  return value as Claims
}

function parseJson(bytes: Buffer): unknown {
  try {
    return parseStrictJson(bytes)
  } catch (cause) {
    throw malformed('a part is not strict JSON', cause)
  }
}

function checkAlgorithm(header: Claims, policy: ParseTokenPolicy): SigningAlgorithm {
  const alg = policy.algorithms.find((algorithm) => algorithm === header['alg'])
  if (alg === undefined) throw new VerifyError('algorithm_refused')
  return alg
}

// RFC 9068 §4, RFC 8725 §3.11. Attack: an ID token or a logout token passes as an access token.
function checkType(header: Claims, policy: ParseTokenPolicy): void {
  const typ = header['typ']
  const given = typeof typ === 'string' ? typ.toLowerCase() : ''
  if (given !== policy.typ && given !== `application/${policy.typ}`) {
    throw new VerifyError('type_refused')
  }
}

function checkHeader(header: Claims): string {
  // RFC 7515 §4.1.11: we understand no extension, so every `crit` is refused.
  if (header['crit'] !== undefined) throw new VerifyError('critical_header_refused')
  for (const name of REFUSED) {
    if (header[name] !== undefined) {
      throw new VerifyError('header_refused', { detail: `header parameter \`${name}\` is refused` })
    }
  }
  const { kid } = header
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) {
    throw new VerifyError('header_refused', {
      detail: 'header parameter `kid` is missing or illegal',
    })
  }
  return kid
}

function malformed(detail: string, cause?: unknown): VerifyError {
  return new VerifyError('token_malformed', { detail, cause })
}

// RFC 8725 §3.10, RFC 7797, RFC 8725bis. Attacks: the token brings its own key, an address to fetch
// one from, another reading of the payload, or a small text that grows when it is decompressed.
const REFUSED = ['jwk', 'jku', 'x5c', 'x5u', 'b64', 'zip']

const REMEMBERED_HEADERS = 64
