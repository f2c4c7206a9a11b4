import type { Claims } from './parse-token.ts'
import { VerifyError } from './verify-error.ts'

/** The claims of an access token after every check. Times are seconds since 1970 (NumericDate). */
export interface CheckedClaims {
  readonly subject: string
  readonly clientId: string
  readonly jti: string
  readonly expiresAt: number
  readonly notBefore: number
  readonly tenant: string | undefined
  readonly session: string | undefined
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
  readonly acr: string | undefined
  readonly amr: readonly string[]
  readonly authTime: number | undefined
}

export interface ClaimsPolicy {
  readonly audiences: ReadonlySet<string>
  readonly clockToleranceSeconds: number
  readonly requireTenant: boolean
}

/**
 * Checks the claims of a token whose signature and issuer are already proven.
 *
 * @param now seconds since 1970.
 * @throws VerifyError `audience_refused`, `token_expired`, `token_not_yet_valid`, `claim_missing`,
 *   `claim_invalid`, `binding_required`.
 * @see RFC 9068 §2.2, §4; RFC 7519 §4.1
 */
export function checkClaims(claims: Claims, now: number, policy: ClaimsPolicy): CheckedClaims {
  checkAudience(claims, policy)
  const expiresAt = required(claims, 'exp', time)
  const issuedAt = required(claims, 'iat', time)
  const notBefore = optional(claims, 'nbf', time) ?? 0
  const authTime = optional(claims, 'auth_time', time)
  checkLifetime({ expiresAt, notBefore }, now, policy.clockToleranceSeconds)
  const latest = now + policy.clockToleranceSeconds
  // A token from the future was made by a broken clock, or made to outlive a revocation by time.
  if (issuedAt > latest) throw new VerifyError('token_not_yet_valid')
  if (authTime !== undefined && authTime > latest) throw invalid('auth_time')
  // RFC 9449 §7.1, RFC 8705 §3: a sender-constrained token never works as a plain bearer token.
  if (claims['cnf'] !== undefined) throw new VerifyError('binding_required')

  return {
    subject: required(claims, 'sub', name),
    clientId: required(claims, 'client_id', name),
    jti: required(claims, 'jti', name),
    expiresAt,
    notBefore,
    tenant: (policy.requireTenant ? required : optional)(claims, 'tenant', name),
    session: optional(claims, 'sid', name),
    scopes: optional(claims, 'scope', scopes) ?? NONE,
    roles: optional(claims, 'roles', names) ?? NONE,
    permissions: optional(claims, 'permissions', names) ?? NONE,
    acr: optional(claims, 'acr', name),
    amr: optional(claims, 'amr', names) ?? NONE,
    authTime,
  }
}

/** The part of the check that time can change, so that a cached token passes it on every use. */
export function checkLifetime(
  token: Pick<CheckedClaims, 'expiresAt' | 'notBefore'>,
  now: number,
  toleranceSeconds: number,
): void {
  // RFC 7519 §4.1.4: on the second of `exp` the token is already expired.
  if (now - toleranceSeconds >= token.expiresAt) throw new VerifyError('token_expired')
  if (now + toleranceSeconds < token.notBefore) throw new VerifyError('token_not_yet_valid')
}

// RFC 9068 §4. Attack: a token for another API of the same issuer is replayed here.
function checkAudience(claims: Claims, policy: ClaimsPolicy): void {
  const audiences = required(claims, 'aud', (value) =>
    typeof value === 'string' ? [value] : names(value),
  )
  if (!audiences.some((audience) => policy.audiences.has(audience))) {
    throw new VerifyError('audience_refused')
  }
}

/** Narrows a claim's value; `undefined` refuses it. */
type Parse<T> = (value: unknown) => T | undefined

function required<T>(claims: Claims, claim: string, parse: Parse<T>): T {
  const parsed = optional(claims, claim, parse)
  if (parsed !== undefined) return parsed
  throw new VerifyError('claim_missing', { detail: `claim \`${claim}\` is missing` })
}

function optional<T>(claims: Claims, claim: string, parse: Parse<T>): T | undefined {
  const value = claims[claim]
  if (value === undefined) return undefined
  const parsed = parse(value)
  if (parsed === undefined) throw invalid(claim)
  return parsed
}

function invalid(claim: string): VerifyError {
  return new VerifyError('claim_invalid', { detail: `claim \`${claim}\` is invalid` })
}

function time(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

function name(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function names(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((entry) => name(entry) !== undefined)
    ? Object.freeze(value as string[])
    : undefined
}

function scopes(value: unknown): readonly string[] | undefined {
  if (value === '') return NONE
  return typeof value === 'string' && SCOPE.test(value)
    ? Object.freeze(value.split(' '))
    : undefined
}

const NONE: readonly string[] = Object.freeze([])

// RFC 6749 §3.3: scope-token *( SP scope-token ), without quote and backslash.
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/
