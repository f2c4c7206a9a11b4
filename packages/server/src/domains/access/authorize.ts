import type { Principal, RequestContext } from '../../kernel/index.ts'
import { accessErrors } from './errors.ts'
import { ADMINISTRATOR_PERMISSIONS, isApplicationPermission, isBuiltInRole } from './model.ts'

/**
 * Decides by the permissions that the authenticate step loaded for this request.
 * @throws permission_denied also without a principal
 */
export function authorize(context: RequestContext, permission: string): void {
  if (context.principal?.permissions.has(permission) === true) return
  throw accessErrors.permission_denied({ internal: `lacks ${permission}` })
}

/**
 * SECURITY: privilege escalation. Whoever may assign or define roles could otherwise give
 * themselves, or a second account of theirs, everything. So nobody passes on what they do not have.
 * Permissions of applications are the exception, for built-in administrators only: they stand for
 * the tenant, but hold no `app:` permission themselves.
 * @throws permission_denied, role_exceeds_own_permissions
 */
export function checkMayGrant(context: RequestContext, permissions: readonly string[]): void {
  if (isOwnProcess(context)) return
  authorize(context, 'roles.write')
  const missing = permissions.filter((permission) => !mayGrant(context, permission))
  if (missing.length === 0) return
  throw accessErrors.role_exceeds_own_permissions({ internal: `lacks ${missing.join(' ')}` })
}

/**
 * SECURITY: privilege escalation. Whoever may administer users could otherwise suspend, delete or
 * take over those above them. So nobody acts on a user who may do what they may not themselves.
 * @throws user_exceeds_own_permissions
 */
export function checkMayAdminister(context: RequestContext, permissions: Iterable<string>): void {
  if (isOwnProcess(context)) return
  const missing = [...permissions].filter((permission) => !mayGrant(context, permission))
  if (missing.length === 0) return
  throw accessErrors.user_exceeds_own_permissions({ internal: `lacks ${missing.join(' ')}` })
}

function mayGrant({ principal }: RequestContext, permission: string): boolean {
  if (principal === undefined) return false
  if (principal.permissions.has(permission)) return true
  return isApplicationPermission(permission) && isFullAdministrator(principal)
}

/** By what they may do and not by the name alone: `operator` counts in the `system` tenant only. */
function isFullAdministrator(principal: Principal): boolean {
  if (!principal.roles.some(isBuiltInRole)) return false
  return ADMINISTRATOR_PERMISSIONS.every((permission) => principal.permissions.has(permission))
}

/** The command line and the seed: no request reached them, `ip` is set by the server only. */
function isOwnProcess(context: RequestContext): boolean {
  return context.principal === undefined && context.source.ip === 'internal'
}
