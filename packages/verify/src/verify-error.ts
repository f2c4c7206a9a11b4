import { bearerChallenge } from './challenge.ts'
import type { ChallengeParameters } from './challenge.ts'

/** Why a request was refused; stable, and the same in every language's verifier. */
export type VerifyErrorCode = keyof typeof catalogue

export interface VerifyErrorDetails {
  /** For logs; never holds a part of the token. */
  readonly detail?: string
  readonly cause?: unknown
  /** Parameters of the challenge beside `error`. */
  readonly challenge?: ChallengeParameters
}

/** The one error a verifier throws for a request it refuses. */
export class VerifyError extends Error {
  readonly code: VerifyErrorCode
  /** HTTP status: 400, 401, 403 or 503. */
  readonly status: number
  /** Short English sentence for the `title` of a problem document. */
  readonly title: string
  /** Value for the `WWW-Authenticate` header; absent for 503. */
  readonly wwwAuthenticate: string | undefined
  /** Value for the `Retry-After` header; only for 503. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: VerifyErrorCode, details: VerifyErrorDetails = {}) {
    const { status, title, error } = catalogue[code]
    const options = details.cause === undefined ? undefined : { cause: details.cause }
    super(details.detail ?? title, options)
    this.name = 'VerifyError'
    this.code = code
    this.status = status
    this.title = title
    const unavailable = status === 503
    this.wwwAuthenticate = unavailable
      ? undefined
      : bearerChallenge({ error, ...details.challenge })
    this.retryAfterSeconds = unavailable ? RETRY_AFTER_SECONDS : undefined
  }
}

interface Entry {
  readonly status: number
  readonly title: string
  /** The registered code of RFC 6750 §3.1 or RFC 9470 §3; none when no token was sent. */
  readonly error: string | undefined
}

function invalidToken(title: string): Entry {
  return { status: 401, title, error: 'invalid_token' }
}

const RETRY_AFTER_SECONDS = 5

const catalogue = {
  token_missing: { status: 401, title: 'Access token missing', error: undefined },
  request_invalid: {
    status: 400,
    title: 'Access token sent twice or in a refused place',
    error: 'invalid_request',
  },
  token_malformed: invalidToken('Access token malformed'),
  token_too_large: invalidToken('Access token too large'),
  algorithm_refused: invalidToken('Signature algorithm refused'),
  type_refused: invalidToken('Token type refused'),
  header_refused: invalidToken('Token header refused'),
  critical_header_refused: invalidToken('Critical header parameter refused'),
  key_unknown: invalidToken('Signing key unknown'),
  signature_invalid: invalidToken('Signature invalid'),
  issuer_refused: invalidToken('Issuer refused'),
  audience_refused: invalidToken('Audience refused'),
  token_expired: invalidToken('Access token expired'),
  token_not_yet_valid: invalidToken('Access token not yet valid'),
  claim_missing: invalidToken('Required claim missing'),
  claim_invalid: invalidToken('Claim invalid'),
  binding_required: invalidToken('Proof of possession required'),
  token_revoked: invalidToken('Access token revoked'),
  keys_unavailable: { status: 503, title: 'Signing keys unavailable', error: undefined },
  revocation_unavailable: {
    status: 503,
    title: 'Revocation state unavailable',
    error: undefined,
  },
  insufficient_scope: {
    status: 403,
    title: 'Insufficient scope',
    error: 'insufficient_scope',
  },
  insufficient_user_authentication: {
    status: 401,
    title: 'Stronger or more recent authentication required',
    error: 'insufficient_user_authentication',
  },
} as const satisfies Record<string, Entry>
