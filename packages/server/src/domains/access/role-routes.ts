import { z } from 'zod'
import { minutes } from '../../kernel/index.ts'
import { defineRoute, pageOf, type Reply, type Route, toPage } from '../../platform/http/index.ts'
import type { Access } from './access.ts'
import { accessErrors } from './errors.ts'
import { permissionsIn, type Role } from './model.ts'
import {
  createRoleSchema,
  entityTagOf,
  listRolesQuery,
  permissionSchema,
  presentPermission,
  presentRole,
  roleNameSchema,
  roleSchema,
  updateRoleSchema,
} from './schema.ts'

interface RoleRouteServices {
  readonly access: Access
}

const params = z.strictObject({ role: roleNameSchema })
const readAuth = { kind: 'permission', permission: 'roles.read' } as const
const writeAuth = { kind: 'permission', permission: 'roles.write' } as const
const readAudit = { none: 'a read of what the administrator administers' } as const
const rateLimit = { limit: 300, window: minutes(1), by: 'principal' } as const
const definitionErrors = [
  accessErrors.role_name_reserved,
  accessErrors.role_exceeds_own_permissions,
  accessErrors.permission_unknown,
]
const tag = 'Roles'

/** What roles a tenant has, and what they permit. */
export function roleRoutes(services: RoleRouteServices): readonly Route[] {
  return [
    permissionsRoute(),
    listRoute(services),
    createRoute(services),
    getRoute(services),
    updateRoute(services),
    deleteRoute(services),
  ]
}

const permissionsRoute = () =>
  defineRoute({
    id: 'listPermissions',
    method: 'GET',
    path: '/api/admin/permissions',
    tag,
    summary: 'List the permissions that roles of the tenant may contain',
    description:
      'Beside these, a role may contain any name that begins with `app:`: it means nothing here, and applications read it from tokens.',
    auth: readAuth,
    audit: readAudit,
    rateLimit,
    responses: {
      200: { description: 'All of them, on one page', schema: pageOf(permissionSchema) },
    },
    errors: [],
    handler: async ({ tenant }) => ({
      status: 200,
      body: { data: permissionsIn(tenant).map(presentPermission) },
    }),
  })

const listRoute = ({ access }: RoleRouteServices) =>
  defineRoute({
    id: 'listRoles',
    method: 'GET',
    path: '/api/admin/roles',
    tag,
    summary: 'List the roles of the tenant',
    description: 'Built-in roles first, then the tenant’s own by name.',
    auth: readAuth,
    audit: readAudit,
    rateLimit,
    query: listRolesQuery,
    responses: { 200: { description: 'A page of roles', schema: pageOf(roleSchema) } },
    errors: [],
    handler: async (context, { query: { after, limit } }) => {
      const roles = await access.listRoles(context, { after, limit: limit + 1 })
      const page = toPage(
        roles.map((role) => ({ ...role, id: role.name })),
        limit,
      )
      return { status: 200, body: { data: page.items.map(presentRole), next: page.next } }
    },
  })

const createRoute = ({ access }: RoleRouteServices) =>
  defineRoute({
    id: 'createRole',
    method: 'POST',
    path: '/api/admin/roles',
    tag,
    summary: 'Create a role of the tenant’s own',
    description: 'Nobody puts a permission into a role that they do not have themselves.',
    auth: writeAuth,
    audit: { events: ['role.defined', 'role.change_refused'] },
    rateLimit,
    body: createRoleSchema,
    responses: { 201: { description: 'The new role', schema: roleSchema } },
    errors: [...definitionErrors, accessErrors.role_exists],
    handler: async (context, { body }) => showRole(201, await access.roles.create(context, body)),
  })

const getRoute = ({ access }: RoleRouteServices) =>
  defineRoute({
    id: 'getRole',
    method: 'GET',
    path: '/api/admin/roles/{role}',
    tag,
    summary: 'Show one role',
    auth: readAuth,
    audit: readAudit,
    rateLimit,
    params,
    responses: { 200: { description: 'The role', schema: roleSchema } },
    errors: [accessErrors.role_not_found],
    handler: async (context, { params: { role } }) =>
      showRole(200, await access.roles.get(context, role)),
  })

const updateRoute = ({ access }: RoleRouteServices) =>
  defineRoute({
    id: 'updateRole',
    method: 'PATCH',
    path: '/api/admin/roles/{role}',
    tag,
    summary: 'Change what a role of the tenant’s own permits',
    description:
      'It counts from the next request of its holders on. `permissions` replaces all of them. With `If-Match`, the change is refused if the role was changed since.',
    isConditional: true,
    auth: writeAuth,
    audit: { events: ['role.defined', 'role.change_refused', 'user.administration_refused'] },
    rateLimit,
    params,
    body: updateRoleSchema,
    responses: { 200: { description: 'The role as it is now', schema: roleSchema } },
    errors: [
      ...definitionErrors,
      accessErrors.role_not_found,
      accessErrors.user_exceeds_own_permissions,
    ],
    handler: async (context, { params: { role: name }, body, ifMatch }) =>
      showRole(200, await access.roles.update(context, { name, ifMatch }, body)),
  })

const deleteRoute = ({ access }: RoleRouteServices) =>
  defineRoute({
    id: 'deleteRole',
    method: 'DELETE',
    path: '/api/admin/roles/{role}',
    tag,
    summary: 'Delete a role of the tenant’s own, and take it from everybody',
    auth: writeAuth,
    audit: {
      events: [
        'role.deleted',
        'role.revoked',
        'role.change_refused',
        'user.administration_refused',
      ],
    },
    rateLimit,
    params,
    responses: { 204: { description: 'The role is deleted' } },
    errors: [
      accessErrors.role_name_reserved,
      accessErrors.role_exceeds_own_permissions,
      accessErrors.role_not_found,
      accessErrors.user_exceeds_own_permissions,
    ],
    handler: async (context, { params: { role } }) => {
      await access.roles.remove(context, role)
      return { status: 204 }
    },
  })

function showRole(status: 200 | 201, role: Role): Reply {
  return { status, body: presentRole(role), entityTag: entityTagOf(role) }
}
