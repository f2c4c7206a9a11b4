import type { CheckedClaims } from './check-claims.ts'
import type { Clock } from './clock.ts'
import type { Claims } from './parse-token.ts'
import { findUnmet } from './requirement.ts'
import type { Requirement } from './requirement.ts'

/** Who is calling, as proven by a verified token. Frozen: safe to share between requests. */
export interface Principal {
  /** `usr_…` for a user, the client's id for a client acting for itself. */
  readonly subject: string
  /** `ten_…` */
  readonly tenant: string | undefined
  readonly issuer: string
  /** `ses_…` */
  readonly session: string | undefined
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
  /** How the user authenticated. @see RFC 9470 §6.1 */
  readonly acr: string | undefined
  readonly amr: readonly string[]
  readonly authTime: Date | undefined
  readonly expiresAt: Date
  readonly jti: string
  /** All claims of the token, deeply frozen. */
  readonly claims: Claims
  /**
   * Says whether everything required is met.
   *
   * @throws TypeError for an empty or unknown requirement.
   */
  has(requirement: Requirement): boolean
  /**
   * Refuses the request unless everything required is met.
   *
   * @throws VerifyError `insufficient_scope` (403) or `insufficient_user_authentication` (401).
   * @throws TypeError for an empty or unknown requirement.
   */
  require(requirement: Requirement): void
}

export function createPrincipal(claims: Claims, checked: CheckedClaims, clock: Clock): Principal {
  const { expiresAt, notBefore: _, authTime, ...rest } = checked
  const owned = { ...rest, authTime }
  const unmet = (requirement: Requirement) =>
    findUnmet(owned, requirement, clock.now().getTime() / 1000)
  return Object.freeze({
    ...rest,
    issuer: claims['iss'] as string,
    // A Date can't be frozen: each reader gets one of its own.
    get authTime() {
      return authTime === undefined ? undefined : new Date(authTime * 1000)
    },
    get expiresAt() {
      return new Date(expiresAt * 1000)
    },
    // Frozen when somebody looks: until then nobody could have changed them.
    get claims() {
      return Object.isFrozen(claims) ? claims : deepFreeze(claims)
    },
    has: (requirement: Requirement) => unmet(requirement) === undefined,
    require(requirement: Requirement) {
      const error = unmet(requirement)
      if (error !== undefined) throw error
    },
  })
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member)
    Object.freeze(value)
  }
  return value
}
