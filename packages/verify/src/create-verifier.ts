import { hash } from 'node:crypto'
import { readBearerToken } from './bearer-token.ts'
import type { RequestLike } from './bearer-token.ts'
import { BoundedMap } from './bounded-map.ts'
import { checkClaims, checkLifetime } from './check-claims.ts'
import type { KeySource } from './key-set.ts'
import { createTokenParser } from './parse-token.ts'
import type { ParsedToken } from './parse-token.ts'
import { createPrincipal } from './principal.ts'
import type { Principal } from './principal.ts'
import { verifySignature } from './verification-key.ts'
import type { VerificationKey } from './verification-key.ts'
import { VerifyError } from './verify-error.ts'
import { parseVerifierOptions } from './verifier-options.ts'
import type { RevocationCheck, VerifierOptions, VerifierPolicy } from './verifier-options.ts'

export interface Verifier {
  /**
   * Verifies an access token.
   *
   * @throws VerifyError with the reason in `code`; never another error for a bad token.
   */
  verify(token: string): Promise<Principal>
  /**
   * Verifies the bearer token of a request.
   *
   * @throws VerifyError also `token_missing` and `request_invalid`.
   */
  verifyRequest(request: RequestLike): Promise<Principal>
  /** Forgets cached keys and tokens. */
  close(): void
}

/**
 * Creates a verifier for the access tokens of one API; keep one per process.
 *
 * @throws TypeError for options that are missing, out of range or unsafe.
 * @see RFC 9068 §4, RFC 8725, RFC 6750
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const policy = parseVerifierOptions(options)
  const cache = new BoundedMap<string, VerifiedToken>(policy.cacheSize)
  const parseToken = createTokenParser(policy)

  async function verify(token: string): Promise<Principal> {
    if (typeof token !== 'string') throw new VerifyError('token_malformed')
    if (token === '') throw new VerifyError('token_missing')
    // A legal token is ASCII, so its length is its bytes.
    if (token.length > policy.maxTokenBytes) throw new VerifyError('token_too_large')

    // The whole token is hashed: no two tokens share an entry, and no usable token lies in memory.
    const digest = policy.cacheSize === 0 ? '' : hash('sha256', token, 'base64')
    const cached = cache.get(digest)
    const reused = cached === undefined ? undefined : await reuse(cached, policy)
    if (reused === undefined) cache.delete(digest)
    const verified = reused ?? (await verifyAfresh(parseToken(token), policy))
    if (reused === undefined) cache.set(digest, verified)

    await checkRevocation(verified.principal, policy.revocation)
    return verified.principal
  }

  return {
    verify,
    verifyRequest: async (request) => verify(readBearerToken(request)),
    close() {
      cache.clear()
      policy.keys.close?.()
    },
  }
}

interface VerifiedToken {
  readonly principal: Principal
  readonly key: VerificationKey
  readonly expiresAt: number
  readonly notBefore: number
}

/** `undefined` when the key was replaced or withdrawn and the token must be verified afresh. */
async function reuse(
  cached: VerifiedToken,
  policy: VerifierPolicy,
): Promise<VerifiedToken | undefined> {
  // I4: a withdrawn key must end the tokens it signed, also those that were verified before.
  const key = await findKey(policy.keys, cached.principal.issuer, cached.key.kid)
  if (key !== cached.key) return undefined
  checkLifetime(cached, nowSeconds(policy), policy.clockToleranceSeconds)
  return cached
}

async function verifyAfresh(parsed: ParsedToken, policy: VerifierPolicy): Promise<VerifiedToken> {
  const issuer = checkIssuer(parsed, policy)
  const key = await findKey(policy.keys, issuer, parsed.kid)
  if (key === undefined) throw new VerifyError('key_unknown')
  // RFC 8725 §3.1: the key says how it is used. Attack: an RSA key taken for another algorithm.
  if (key.alg !== parsed.alg) throw new VerifyError('algorithm_refused')
  if (!verifySignature(key, parsed.signingInput, parsed.signature)) {
    throw new VerifyError('signature_invalid')
  }
  const checked = checkClaims(parsed.claims, nowSeconds(policy), policy)
  const principal = createPrincipal(parsed.claims, checked, policy.clock)
  return { principal, key, expiresAt: checked.expiresAt, notBefore: checked.notBefore }
}

// Before any key is looked up. Attack: a token names an issuer of the attacker, we fetch its keys.
function checkIssuer({ claims }: ParsedToken, policy: VerifierPolicy): string {
  const issuer = claims['iss']
  if (typeof issuer !== 'string' || !policy.acceptsIssuer(issuer)) {
    throw new VerifyError('issuer_refused')
  }
  return issuer
}

async function findKey(
  keys: KeySource,
  issuer: string,
  kid: string,
): Promise<VerificationKey | undefined> {
  try {
    return await keys.findKey(issuer, kid)
  } catch (cause) {
    throw new VerifyError('keys_unavailable', { cause })
  }
}

async function checkRevocation(
  principal: Principal,
  revocation: RevocationCheck | undefined,
): Promise<void> {
  if (revocation === undefined) return
  const revoked = await askRevocation(principal, revocation)
  // Fails closed: an answer that is not exactly `false` counts as revoked.
  if (revoked !== false) throw new VerifyError('token_revoked')
}

async function askRevocation(principal: Principal, revocation: RevocationCheck): Promise<unknown> {
  try {
    return await revocation.isRevoked(principal)
  } catch (cause) {
    throw new VerifyError('revocation_unavailable', { cause })
  }
}

function nowSeconds(policy: VerifierPolicy): number {
  return policy.clock.now().getTime() / 1000
}
