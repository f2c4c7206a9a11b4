import { seconds, type Duration } from './duration.ts'

/**
 * Authentication context classes, weakest first: what a user proved.
 * @see RFC 9470, OIDC Core §2
 */
export const ACR = {
  password: 'urn:countersign:acr:password',
  mfa: 'urn:countersign:acr:mfa',
  /** WebAuthn with user verification: two factors in one, and nothing that a false site can ask for. */
  passkey: 'urn:countersign:acr:passkey',
} as const

export type Acr = (typeof ACR)[keyof typeof ACR]

/** What an operation asks of the authentication behind the request. */
export interface AssuranceRequirement {
  /** This class or a stronger one. */
  readonly acr?: Acr | undefined
  /** How long ago the user may have authenticated at most. */
  readonly maxAge?: Duration | undefined
}

/**
 * Whether a principal meets a requirement. A class that we do not know is weaker than every other.
 * A time of authentication that lies ahead of the clock is not fresh (invariant I11).
 */
export function hasAssurance(
  principal: { readonly acr: string; readonly authTime: Date },
  { acr, maxAge }: AssuranceRequirement,
  now: Date,
): boolean {
  if (acr !== undefined && !hasAtLeast(principal.acr, acr)) return false
  if (maxAge === undefined) return true
  const age = now.getTime() - principal.authTime.getTime()
  return age <= maxAge.milliseconds && age >= -CLOCK_DIFFERENCE.milliseconds
}

/** Whether a class is this one or a stronger one; one that we do not know is weaker than all. */
export function hasAtLeast(acr: string, required: Acr): boolean {
  return rankOf(acr) >= rankOf(required)
}

/** What two statements about one authentication have in common. */
export function weakerAcr(a: string, b: string): string {
  return rankOf(a) <= rankOf(b) ? a : b
}

function rankOf(acr: string): number {
  return WEAKEST_FIRST.indexOf(acr)
}

const WEAKEST_FIRST: readonly string[] = [ACR.password, ACR.mfa, ACR.passkey]
/** The clocks of two nodes may differ by this much. */
const CLOCK_DIFFERENCE = seconds(5)
