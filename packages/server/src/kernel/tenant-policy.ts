import type { Duration } from './duration.ts'

/**
 * Whether a second factor is asked for. `off`: none can be enrolled. `optional`: whoever has one is
 * asked for it. `required`: nobody signs in without. `phishing_resistant`: a passkey or security key,
 * and nothing that could be typed into a false site. A factor that is confirmed is always asked for.
 */
export type MfaPolicy = 'off' | 'optional' | 'required' | 'phishing_resistant'

/** What access tokens for one resource server are like; what is left out is as for any other. */
export interface ResourceServerRules {
  readonly access_token_format?: 'jwt' | 'opaque' | undefined
  readonly access_token_lifetime_seconds?: number | undefined
  readonly access_token_claims?: readonly AccessTokenClaim[] | undefined
  /** What the resource server can verify; none of its tokens is signed by another algorithm. */
  readonly access_token_signing_alg?: SigningAlgorithm | undefined
}

/** What of a user a signed access token may say, beside who it is: OIDC Core §5.1. */
export const ACCESS_TOKEN_CLAIMS = ['email', 'email_verified', 'name', 'locale'] as const
export type AccessTokenClaim = (typeof ACCESS_TOKEN_CLAIMS)[number]

/**
 * What tenants may sign with: the first one always, the others by choice. RFC 8725 §3.1, §3.2: no
 * MAC and no `none` among them.
 */
export const SIGNING_ALGORITHMS = ['ES256', 'PS256', 'RS256', 'EdDSA'] as const
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

/** Signs unless somebody chose another one. */
export const DEFAULT_SIGNING_ALGORITHM = 'ES256'

/** The rules that a tenant chose, within the bounds that the product allows. */
export interface TenantPolicy {
  readonly accessTokenLifetime: Duration
  readonly refreshTokenLifetime: Duration
  /** How long the immediate parent of a refresh token gets the same successor again; 0 = never. */
  readonly refreshGrace: Duration
  readonly sessionIdle: Duration
  readonly sessionAbsolute: Duration
  /** Idle limit of browser sessions that live by a cookie. */
  readonly cookieIdle: Duration
  /** `aud` of access tokens beside the issuer itself: the tenant's resource servers. */
  readonly audiences: readonly string[]
  /** By audience. */
  readonly resourceServers: ReadonlyMap<string, ResourceServerRules>
  /** What clients and resource servers may choose beside the default. */
  readonly signingAlgorithms: readonly SigningAlgorithm[]
  readonly registration: 'open' | 'closed'
  /** What follows if the risk provider of the operator does not answer. */
  readonly riskFailure: 'refuse' | 'allow'
  /** What follows if nobody can have travelled between two places of a user in the time between. */
  readonly impossibleTravel: 'off' | 'step_up' | 'refuse'
  /** Whether a sign-in that is unlike those before it needs a second factor. */
  readonly unusualSignIns: 'off' | 'step_up'
  /** What follows if the name of a user resembles one on the sanctions list of the operator. */
  readonly sanctionsScreening: 'off' | 'review' | 'refuse'
  /** Addresses and networks that nobody may act for a user from. */
  readonly ipDenyList: readonly string[]
  /** The only ones that anybody may act for a user from; empty: all that are not denied. */
  readonly ipAllowList: readonly string[]
  /** The same by country: ISO 3166-1 alpha-2. */
  readonly countryDenyList: readonly string[]
  readonly countryAllowList: readonly string[]
  /** How long ago somebody may have authenticated at most who changes what protects the account. */
  readonly reauthenticationAge: Duration
  readonly passwordMinimumLength: number
  /** Whose rules passwords keep beside the minimum; the stricter of both counts. */
  readonly passwordProfile: 'nist' | 'pci-dss' | 'psd2'
  readonly emailVerificationLifetime: Duration
  readonly passwordResetLifetime: Duration
  /** Consecutive failed sign-ins before a delay is imposed. */
  readonly signInFailuresBeforeDelay: number
  /** Accounts on which sign-ins failed within ten minutes before the brake on strangers is pulled. */
  readonly stuffingBrakeAccounts: number
  /** How long a device may be trusted to go without the second factor; 0: not at all. */
  readonly trustedDevice: Duration
  /** Whether a session that has seen the cookie of its device demands it at each refresh. */
  readonly refreshDeviceBinding: 'off' | 'when_known'
  /** Whose DPoP proofs need a nonce of ours (RFC 9449 §8): those of clients of FAPI 2.0, or all. */
  readonly dpopNonces: 'fapi2' | 'always'
  /** Whether clients may describe themselves by a document, whose address is their `client_id`. */
  readonly clientDocuments: 'off' | 'allowed'
  readonly mfa: MfaPolicy
  /**
   * Whether people must solve a challenge. `adaptive`: at sign-in, after some failures. `always`: at
   * every sign-in by password, and for every form that anybody may send.
   */
  readonly captcha: 'off' | 'adaptive' | 'always'
  /** Roles whose holders need a second factor, unless `mfa` is `off`. */
  readonly mfaRequiredRoles: readonly string[]
  /** Roles whose holders need a passkey or security key, unless `mfa` is `off`. */
  readonly mfaPhishingResistantRoles: readonly string[]
  /** How long after their creation users may sign in without the factor that they need. */
  readonly mfaGrace: Duration
  /** What may be mailed to sign in with, instead of a password; empty: nothing. */
  readonly emailSignIn: readonly ('link' | 'code')[]
  /** Whether a mailed link signs in only the browser that asked for it. */
  readonly magicLinkSameBrowser: boolean
  /**
   * Beginnings of the numbers that SMS may go to: country codes such as `+49`, or more of it, such
   * as `+1416`. Empty: no SMS at all.
   */
  readonly smsCountries: readonly string[]
  /** SMS of the tenant in 24 hours, at most. */
  readonly smsDailyLimit: number
  /** SMS of the tenant to one country in 24 hours, at most; a country is a calling code. */
  readonly smsCountryDailyLimit: number
  /** The same for numbers with these beginnings; of several, the longest counts. */
  readonly smsCountryDailyLimits: Readonly<Record<string, number>>
  /**
   * Whether passkeys and security keys must verify their user (PIN, finger) as a second factor and
   * at registration. Without a password they must in any case.
   */
  readonly webauthnUserVerification: 'required' | 'preferred'
  /**
   * Whether the maker of an authenticator must vouch for it when it is registered. `direct`: yes,
   * and somebody whom the operator trusts for its maker. @see WebAuthn L3 §5.4.7
   */
  readonly webauthnAttestation: 'none' | 'direct'
  /**
   * Models of authenticators that may be registered, in lower case; empty: any. WARNING: without
   * `direct` attestation, the model is what the authenticator says of itself.
   */
  readonly webauthnAllowedAaguids: readonly string[]
}

/** Whether new tokens may be signed by it; what was signed before is another question. */
export function offersAlgorithm(
  { signingAlgorithms }: Pick<TenantPolicy, 'signingAlgorithms'>,
  algorithm: SigningAlgorithm,
): boolean {
  return algorithm === DEFAULT_SIGNING_ALGORITHM || signingAlgorithms.includes(algorithm)
}

/** The default first, each once. */
export function offeredAlgorithms({
  signingAlgorithms,
}: Pick<TenantPolicy, 'signingAlgorithms'>): readonly SigningAlgorithm[] {
  return SIGNING_ALGORITHMS.filter((one) => offersAlgorithm({ signingAlgorithms }, one))
}
