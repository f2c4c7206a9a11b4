import { z } from 'zod'
import { minutes } from '../../kernel/index.ts'
import { defineRoute, type Route, typedId } from '../../platform/http/index.ts'
import type { Access } from './access.ts'
import { accessErrors } from './errors.ts'
import { roleRoutes } from './role-routes.ts'
import { assignRoleSchema, roleNameSchema } from './schema.ts'

const userParams = z.strictObject({ user_id: typedId('usr') })
const rateLimit = { limit: 300, window: minutes(1), by: 'principal' } as const
const writeErrors = [accessErrors.role_exceeds_own_permissions, accessErrors.role_not_found]

export interface AccessRouteServices {
  readonly access: Access
}

/** Roles of a tenant, and who has them. */
export function accessRoutes(services: AccessRouteServices): readonly Route[] {
  return [...roleRoutes(services), assignRoute(services), revokeRoute(services)]
}

const assignRoute = ({ access }: AccessRouteServices) =>
  defineRoute({
    id: 'assignRole',
    method: 'POST',
    path: '/api/admin/users/{user_id}/roles',
    tag: 'Roles',
    summary: 'Give a role to a user',
    description: 'It counts from the next request of the user on. Giving it again changes nothing.',
    auth: { kind: 'permission', permission: 'roles.write' },
    audit: { events: ['role.assigned', 'role.change_refused', 'user.administration_refused'] },
    rateLimit,
    params: userParams,
    body: assignRoleSchema,
    responses: { 204: { description: 'The user has the role' } },
    errors: [
      ...writeErrors,
      accessErrors.user_exceeds_own_permissions,
      accessErrors.user_not_found,
    ],
    handler: async (context, { params: { user_id }, body: { role } }) => {
      await access.assignRole(context, { userId: user_id, role })
      return { status: 204 }
    },
  })

const revokeRoute = ({ access }: AccessRouteServices) =>
  defineRoute({
    id: 'revokeRole',
    method: 'DELETE',
    path: '/api/admin/users/{user_id}/roles/{role}',
    tag: 'Roles',
    summary: 'Take a role from a user',
    description: 'It counts from the next request of the user on.',
    auth: { kind: 'permission', permission: 'roles.write' },
    audit: { events: ['role.revoked', 'role.change_refused', 'user.administration_refused'] },
    rateLimit,
    params: userParams.extend({ role: roleNameSchema }),
    responses: { 204: { description: 'The user does not have the role any more' } },
    errors: [
      ...writeErrors,
      accessErrors.user_exceeds_own_permissions,
      accessErrors.role_not_assigned,
    ],
    handler: async (context, { params: { user_id, role } }) => {
      await access.revokeRole(context, { userId: user_id, role })
      return { status: 204 }
    },
  })
