import type { CheckedClaims } from './check-claims.ts'
import { VerifyError } from './verify-error.ts'

/** What a principal must have; several members must all be met. */
export interface Requirement {
  /** All of these scopes; a string may hold several, separated by one space. */
  readonly scope?: string | readonly string[] | undefined
  readonly role?: string | undefined
  readonly permission?: string | undefined
  /**
   * Any of these authentication contexts, or a stronger one: `passkey` stands for `mfa`, and `mfa`
   * for `password`, where they are classes of Countersign. Others are compared as they are.
   */
  readonly acr?: string | readonly string[] | undefined
  /** Seconds since the user last authenticated, 0 or more. */
  readonly maxAge?: number | undefined
}

/**
 * Finds out what the principal lacks.
 *
 * @param now seconds since 1970.
 * @returns the error to answer with, or `undefined` when everything is met.
 * @throws TypeError for a requirement that asks for nothing sensible, see {@link checkRequirement}.
 * @see RFC 6750 §3.1, RFC 9470 §3
 */
export function findUnmet(
  principal: Pick<CheckedClaims, 'scopes' | 'roles' | 'permissions' | 'acr' | 'authTime'>,
  requirement: Requirement,
  now: number,
): VerifyError | undefined {
  checkRequirement(requirement)
  const { role, permission, maxAge } = requirement
  const scopes = scopesOf(requirement)
  const permitted =
    scopes.every((scope) => principal.scopes.includes(scope)) &&
    (role === undefined || principal.roles.includes(role)) &&
    (permission === undefined || principal.permissions.includes(permission))
  // Before the step-up: nobody should authenticate again only to learn that it does not help.
  if (!permitted) {
    const challenge = { scope: scopes.length === 0 ? undefined : scopes.join(' ') }
    return new VerifyError('insufficient_scope', { challenge })
  }

  const contexts = contextsOf(requirement)
  const strong =
    contexts === undefined || contexts.some((context) => satisfies(principal.acr, context))
  const recent =
    maxAge === undefined || (principal.authTime !== undefined && now - principal.authTime <= maxAge)
  if (strong && recent) return undefined
  const challenge = { acr_values: contexts?.join(' '), max_age: maxAge?.toString() }
  return new VerifyError('insufficient_user_authentication', { challenge })
}

/**
 * Refuses requirements that would silently require nothing.
 *
 * @throws TypeError for an unknown member, an empty name or list, or a `maxAge` that is no number
 *   of 0 or more.
 */
export function checkRequirement(requirement: Requirement): void {
  for (const member of Object.keys(requirement)) {
    // Attack: a mistyped member (`scopes`) is ignored, and the route stands open.
    if (!MEMBERS.has(member)) throw new TypeError(`requirement \`${member}\` is unknown`)
  }
  const { scope, role, permission, acr, maxAge } = requirement
  for (const [member, value] of Object.entries({ scope, role, permission, acr })) {
    if (value !== undefined)
      checkNames(member, typeof value === 'string' ? value.split(' ') : value)
  }
  if (maxAge !== undefined && !(Number.isFinite(maxAge) && maxAge >= 0)) {
    throw new TypeError('requirement `maxAge` must be 0 or more seconds')
  }
}

function checkNames(member: string, names: readonly string[]): void {
  if (names.length === 0 || names.some((name) => typeof name !== 'string' || name === '')) {
    throw new TypeError(`requirement \`${member}\` is empty`)
  }
}

function scopesOf({ scope }: Requirement): readonly string[] {
  if (scope === undefined) return []
  return typeof scope === 'string' ? scope.split(' ') : scope
}

function contextsOf({ acr }: Requirement): readonly string[] | undefined {
  return typeof acr === 'string' ? [acr] : acr
}

/** RFC 9470 §4: a class that we do not know satisfies itself only. */
function satisfies(acr: string | undefined, required: string): boolean {
  if (acr === required) return true
  const rank = WEAKEST_FIRST.indexOf(required)
  return acr !== undefined && rank !== -1 && WEAKEST_FIRST.indexOf(acr) > rank
}

/** What Countersign puts into `acr`. */
const WEAKEST_FIRST: readonly string[] = [
  'urn:countersign:acr:password',
  'urn:countersign:acr:mfa',
  'urn:countersign:acr:passkey',
]

const MEMBERS = new Set(['scope', 'role', 'permission', 'acr', 'maxAge'])
