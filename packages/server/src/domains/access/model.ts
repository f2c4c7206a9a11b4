import type { TenantRef } from '../../kernel/index.ts'
import { SYSTEM_TENANT_SLUG } from '../tenants/index.ts'

/** A role of the tenant's own, or a built-in one. */
export interface Role {
  readonly name: string
  readonly description: string
  readonly permissions: readonly string[]
  readonly builtIn: boolean
}

/** What the administration of one tenant is made of. */
export const ADMINISTRATOR_PERMISSIONS = [
  'users.read',
  'users.write',
  'keys.read',
  'keys.write',
  'audit.read',
  'sessions.read',
  'sessions.write',
  'roles.read',
  'roles.write',
  'clients.read',
  'clients.write',
  'screening.read',
  'screening.write',
] as const

/** What operators do; it means nothing outside the `system` tenant. */
const OPERATOR_PERMISSIONS = ['tenants.read', 'tenants.write'] as const

/** What each lets its holder do. */
export const PERMISSION_DESCRIPTIONS: Readonly<Record<string, string>> = {
  'users.read': 'See the users of the tenant.',
  'users.write': 'Create, suspend and delete users, and have them choose a new password.',
  'keys.read': 'See the signing keys.',
  'keys.write': 'Rotate and revoke signing keys.',
  'audit.read': 'Read the audit trail.',
  'sessions.read': 'See the sessions and devices of users.',
  'sessions.write': 'End sessions of users, and remove their devices.',
  'roles.read': 'See roles and permissions.',
  'roles.write': 'Define roles, and give and take them, within the own permissions.',
  'clients.read': 'See OAuth clients and trusted issuers.',
  'clients.write': 'Register and change OAuth clients and trusted issuers.',
  'screening.read': 'See the hits of sanctions screening.',
  'screening.write': 'Decide hits of sanctions screening.',
  'tenants.read': 'See the tenants of the installation.',
  'tenants.write': 'Create, change and suspend tenants.',
}

/** Every permission that this server itself asks for. */
export const PERMISSIONS: readonly string[] = [
  ...ADMINISTRATOR_PERMISSIONS,
  ...OPERATOR_PERMISSIONS,
]

export const BUILT_IN_ROLES: readonly Role[] = [
  {
    name: 'admin',
    description: 'Administers this tenant.',
    permissions: ADMINISTRATOR_PERMISSIONS,
    builtIn: true,
  },
  {
    name: 'operator',
    description: 'Administers the tenants of this installation, and the `system` tenant.',
    permissions: PERMISSIONS,
    builtIn: true,
  },
]

export function isBuiltInRole(name: string): boolean {
  return BUILT_IN_ROLES.some((role) => role.name === name)
}

/** The built-in roles that exist in this tenant. */
export function builtInRolesOf(tenant: TenantRef): readonly Role[] {
  return BUILT_IN_ROLES.filter((role) => role.name !== 'operator' || isSystem(tenant))
}

/** The permissions of ours that roles of this tenant may contain. */
export function permissionsIn(tenant: TenantRef): readonly string[] {
  return isSystem(tenant) ? PERMISSIONS : ADMINISTRATOR_PERMISSIONS
}

/** Whether a role of this tenant may contain the permission. */
export function isGrantable(tenant: TenantRef, permission: string): boolean {
  return isApplicationPermission(permission) || isKnownPermission(tenant, permission)
}

/** `app:…` means nothing to this server: applications read it from tokens. */
export function isApplicationPermission(permission: string): boolean {
  return APPLICATION_PERMISSION.test(permission)
}

function isKnownPermission(tenant: TenantRef, permission: string): boolean {
  return permissionsIn(tenant).includes(permission)
}

function isSystem(tenant: TenantRef): boolean {
  return tenant.slug === SYSTEM_TENANT_SLUG
}

const APPLICATION_PERMISSION = /^app:[a-z0-9][a-z0-9_.:-]{0,62}$/
