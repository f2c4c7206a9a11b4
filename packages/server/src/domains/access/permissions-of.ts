import type { TenantRef } from '../../kernel/index.ts'
import { builtInRolesOf, isGrantable } from './model.ts'

/**
 * The permissions of someone with these roles in this tenant. The set is shared: never change it.
 * @param customPermissions what the tenant's own roles among `roleNames` contain
 */
export function permissionsOf(
  tenant: TenantRef,
  roleNames: readonly string[],
  customPermissions: readonly string[],
): ReadonlySet<string> {
  const builtIn = builtInRolesOf(tenant)
  // The key has every input of the decision: which built-in roles exist depends on the tenant.
  const key = JSON.stringify([builtIn.length, roleNames, customPermissions])
  const known = compiled.get(key)
  if (known !== undefined) return known
  const permissions = new Set(customPermissions.filter((name) => isGrantable(tenant, name)))
  for (const role of builtIn) {
    if (!roleNames.includes(role.name)) continue
    for (const permission of role.permissions) permissions.add(permission)
  }
  if (compiled.size >= MAX_COMPILED) compiled.clear()
  compiled.set(key, permissions)
  return permissions
}

const compiled = new Map<string, ReadonlySet<string>>()
const MAX_COMPILED = 5_000
