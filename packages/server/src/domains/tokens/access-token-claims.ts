import {
  type Duration,
  newId,
  type SessionId,
  type TenantId,
  type TenantRef,
  type TokenId,
  toNumericDate,
  toSeconds,
  type UserId,
} from '../../kernel/index.ts'

/** Whom an access token speaks for, and how that was proven. */
export interface AccessTokenSubject {
  readonly userId: UserId
  readonly sessionId: SessionId
  /** `first-party` for our own sign-in. */
  readonly clientId: string
  /** Space-separated, as in RFC 6749 §3.3. */
  readonly scope: string
  readonly roles: readonly string[]
  readonly acr: string
  readonly amr: readonly string[]
  readonly authTime: Date
  /** SHA-256 of the one transaction that a step-up was for. */
  readonly transactionDigest?: Buffer | undefined
  /** No token lives beyond it: the absolute end of the session. */
  readonly notAfter?: Date | undefined
}

/** @see RFC 9068 §2.2 */
export interface AccessTokenClaims {
  readonly iss: string
  readonly sub: UserId
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat: number
  readonly jti: TokenId
  readonly client_id: string
  readonly scope: string
  readonly tenant: TenantId
  readonly sid: SessionId
  readonly acr: string
  readonly amr: readonly string[]
  readonly auth_time: number
  readonly roles: readonly string[]
  /** RFC 9396 §9.1. */
  readonly authorization_details?: readonly TransactionDetail[]
}

interface TransactionDetail {
  readonly type: 'urn:countersign:transaction'
  /** SHA-256 in base64url. */
  readonly digest: string
}

export function buildAccessTokenClaims(
  tenant: TenantRef,
  subject: AccessTokenSubject,
  now: Date,
): AccessTokenClaims {
  const iat = toNumericDate(now)
  return {
    iss: tenant.issuer,
    sub: subject.userId,
    aud: audienceOf(tenant),
    exp: expiryOf(iat, tenant.policy.accessTokenLifetime, subject.notAfter),
    iat,
    jti: newId('jti'),
    client_id: subject.clientId,
    scope: subject.scope,
    tenant: tenant.id,
    sid: subject.sessionId,
    acr: subject.acr,
    amr: subject.amr,
    auth_time: toNumericDate(subject.authTime),
    roles: subject.roles,
    ...detailsOf(subject.transactionDigest),
  }
}

function detailsOf(digest: Buffer | undefined): Pick<AccessTokenClaims, 'authorization_details'> {
  if (digest === undefined) return {}
  const type = 'urn:countersign:transaction'
  return { authorization_details: [{ type, digest: digest.toString('base64url') }] }
}

/** RFC 7519 §4.1.3: one audience is written as a plain string. */
function audienceOf({ issuer, policy }: TenantRef): string | readonly string[] {
  const audiences = [...new Set([issuer, ...policy.audiences])]
  return audiences.length === 1 ? issuer : audiences
}

/** If the session ended this very moment, the token is expired from birth: `exp` equals `iat`. */
function expiryOf(iat: number, lifetime: Duration, notAfter: Date | undefined): number {
  const exp = iat + toSeconds(lifetime)
  return notAfter === undefined ? exp : Math.max(iat, Math.min(exp, toNumericDate(notAfter)))
}
