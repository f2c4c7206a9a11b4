import {
  type AppError,
  type AssuranceRequirement,
  hasAssurance,
  type RequestContext,
  toSeconds,
} from '../../kernel/index.ts'
import type { Route } from './define-route.ts'
import { httpErrors } from './http-errors.ts'

/**
 * Asks of the session what the route asks of it: strong enough and fresh enough.
 * @throws insufficient_user_authentication
 * @see RFC 9470 §3
 */
export function checkAssurance(
  route: Pick<Route, 'auth'>,
  { principal, clock, tenant }: RequestContext,
): void {
  if (route.auth.kind === 'public' || route.auth.kind === 'client') return
  if (principal === undefined) return
  const { acr, maxAge, whileOwing = false } = route.auth
  if (principal.owes !== undefined && !whileOwing) throw insufficientAuthentication(principal.owes)
  const age = maxAge === 'recent' ? tenant.policy.reauthenticationAge : maxAge
  const requirement = { acr, maxAge: age }
  if (hasAssurance(principal, requirement, clock.now())) return
  throw insufficientAuthentication(requirement)
}

/** The refusal that tells a client what to ask of `POST /api/auth/step-up`. */
export function insufficientAuthentication({ acr, maxAge }: AssuranceRequirement): AppError {
  const parameters = [
    'error="insufficient_user_authentication"',
    ...(acr === undefined ? [] : [`acr_values="${acr}"`]),
    ...(maxAge === undefined ? [] : [`max_age="${toSeconds(maxAge)}"`]),
  ]
  return httpErrors.insufficient_user_authentication({
    wwwAuthenticate: `Bearer ${parameters.join(', ')}`,
  })
}
