import type { ErrorFactory } from '../../kernel/index.ts'
import { databaseErrors } from '../db/index.ts'
import { idempotencyErrors } from '../idempotency/index.ts'
import { isSourceJudged } from './check-source.ts'
import { isIdempotent, type Route } from './define-route.ts'
import { httpErrors } from './http-errors.ts'

/**
 * Everything a route may refuse with: what it declares, and what every route of its kind may.
 * `permission_denied` belongs to the access domain and is found by its code.
 */
export function errorsOf(route: Route, permissionDenied: ErrorFactory): readonly ErrorFactory[] {
  const implied: ErrorFactory[] = [
    databaseErrors.tenant_not_found,
    databaseErrors.tenant_suspended,
    databaseErrors.database_unavailable,
    httpErrors.too_many_requests,
    httpErrors.internal_error,
  ]
  if (isSourceJudged(route)) implied.push(httpErrors.risk_refused)
  if (takesInput(route)) implied.push(httpErrors.invalid_request)
  if (route.method !== 'GET') implied.push(httpErrors.origin_refused)
  if (route.isConditional === true) implied.push(httpErrors.precondition_failed)
  if (isIdempotent(route)) implied.push(...Object.values(idempotencyErrors))
  if (route.body !== undefined) {
    implied.push(
      httpErrors.malformed_body,
      httpErrors.payload_too_large,
      httpErrors.unsupported_media_type,
    )
  }
  if (route.auth.kind === 'client') {
    implied.push(
      httpErrors.authentication_required,
      httpErrors.invalid_token,
      httpErrors.insufficient_scope,
    )
  } else if (route.auth.kind !== 'public') {
    implied.push(httpErrors.authentication_required, httpErrors.invalid_token)
    if (route.method !== 'GET') implied.push(httpErrors.csrf_token_invalid)
    if (route.auth.whileOwing !== true) {
      implied.push(httpErrors.insufficient_user_authentication)
    }
  }
  if (route.auth.kind === 'permission') implied.push(permissionDenied)
  const all = [...implied, ...route.errors].sort(
    (a, b) => a.definition.status - b.definition.status,
  )
  return [...new Map(all.map((factory) => [factory.code, factory])).values()]
}

function takesInput(route: Route): boolean {
  return route.params !== undefined || route.query !== undefined || route.body !== undefined
}
