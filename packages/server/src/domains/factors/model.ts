import type { Acr, Id, Secret, TenantPolicy } from '../../kernel/index.ts'
import type { AssertionResponse } from './webauthn/model.ts'

export type FactorId = Id<'fct'>

/** `hotp` counts presses of a button instead of telling the time. */
export type OtpKind = 'totp' | 'hotp'

/** Kinds with a row among the factors; `sms` is a phone number. */
export type StoredKind = OtpKind | 'sms'

/**
 * `blocked_webauthn`: a credential that may have been copied. It proves nothing any more, and still
 * counts as a factor: nobody may get in with less because of it.
 */
export type FactorKind = StoredKind | 'webauthn' | 'blocked_webauthn'

/** Factors that are proven by a code that somebody types, and that nobody had to send. */
export type CodeMethod = OtpKind | 'backup_code'

/** How a factor is proven, as the wire names it. Backup codes stand in for a lost factor. */
export type FactorMethod = 'webauthn' | 'sms' | CodeMethod

/** What somebody sends to prove a factor; its form was checked at the edge. */
export type FactorResponse = CodeResponse | SmsResponse | WebAuthnResponse

export interface CodeResponse {
  readonly method: CodeMethod
  readonly code: Secret<string>
}

export interface SmsResponse {
  readonly method: 'sms'
  readonly code: Secret<string>
  /** SHA-256 of the step that the code must have been sent for. */
  readonly boundTo: Buffer
}

export interface WebAuthnResponse {
  readonly method: 'webauthn'
  readonly assertion: AssertionResponse
  /** SHA-256 of the step that the assertion must have been asked for in. */
  readonly boundTo: Buffer
}

export interface Factor {
  readonly id: FactorId
  readonly kind: StoredKind
  readonly createdAt: Date
  readonly lastUsedAt: Date | undefined
  /** Of a phone number; most digits are hidden. */
  readonly maskedNumber?: string | undefined
}

/** What a user has, as far as a decision needs it. Only confirmed factors count. */
export interface FactorState {
  /** Of each factor; what was used or added last comes first. */
  readonly kinds: readonly FactorKind[]
  readonly backupCodesLeft: number
}

/** A factor was proven just now, and can't be proven with the same value again. */
export interface Redemption {
  readonly method: FactorMethod
  /** What it adds to `amr`. @see RFC 8176 §2 */
  readonly amr: readonly string[]
  /** Where it proves more than being a second factor. */
  readonly acr?: Acr
}

export interface OtpEnrollment {
  readonly id: FactorId
  /** Base 32, as people type it. */
  readonly secret: Secret<string>
  readonly uri: Secret<string>
}

export interface Confirmation {
  /** Made with the first factor; undefined if the user has codes already. Shown once. */
  readonly backupCodes: readonly Secret<string>[] | undefined
}

/**
 * What was used or added last comes first, as people expect it, then the strongest. Backup codes are
 * the last: they stand in for a factor. Without a factor, they are nothing. A number still counts as a
 * factor where the tenant has switched SMS off, and proves nothing: nobody gets in with less because
 * of it.
 */
export function methodsOf(
  { kinds, backupCodesLeft }: FactorState,
  { smsCountries }: Pick<TenantPolicy, 'smsCountries'>,
): readonly FactorMethod[] {
  if (kinds.length === 0) return []
  const strongestFirst = METHODS_OF_KINDS.filter(
    (method) => kinds.includes(method) && (method !== 'sms' || smsCountries.length > 0),
  )
  const usedLast = strongestFirst
    .toSorted((a, b) => kinds.indexOf(a) - kinds.indexOf(b))
    .slice(0, 1)
  const others = strongestFirst.filter((method) => !usedLast.includes(method))
  return [...usedLast, ...others, ...(backupCodesLeft > 0 ? (['backup_code'] as const) : [])]
}

/** What was used or added last comes first. */
export function kindsByUse(
  factors: readonly (Pick<Factor, 'createdAt' | 'lastUsedAt'> & { readonly kind: FactorKind })[],
): readonly FactorKind[] {
  const usedAt = ({ createdAt, lastUsedAt = createdAt }: (typeof factors)[number]) =>
    lastUsedAt.getTime()
  return factors.toSorted((a, b) => usedAt(b) - usedAt(a)).map(({ kind }) => kind)
}

const METHODS_OF_KINDS = ['webauthn', 'totp', 'hotp', 'sms'] as const
