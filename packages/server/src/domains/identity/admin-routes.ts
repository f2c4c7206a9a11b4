import { z } from 'zod'
import { defineRoute, pageOf, type Route, toPage, typedId } from '../../platform/http/index.ts'
import { passwordHashingErrors } from '../../platform/password-hashing/index.ts'
import { accessErrors } from '../access/index.ts'
import type { IdentityRouteServices } from './account-routes.ts'
import { identityErrors, passwordPolicyErrors } from './errors.ts'
import { ADMIN_LIMITS } from './limits.ts'
import {
  acceptedSchema,
  createUserSchema,
  listUsersQuery,
  presentUser,
  userSchema,
  userWithRolesSchema,
} from './schema.ts'

const params = z.strictObject({ user_id: typedId('usr') })
const readAuth = { kind: 'permission', permission: 'users.read' } as const
const writeAuth = { kind: 'permission', permission: 'users.write' } as const
const changeErrors = [
  accessErrors.user_not_found,
  accessErrors.user_exceeds_own_permissions,
  identityErrors.own_account,
]
const readAudit = { none: 'a read of what the administrator administers' } as const

/** Users, as administrators of their tenant see them. */
export function userAdminRoutes(services: IdentityRouteServices): readonly Route[] {
  return [
    listRoute(services),
    createRoute(services),
    getRoute(services),
    statusRoute(services, 'suspend'),
    statusRoute(services, 'resume'),
    passwordResetRoute(services),
    deleteRoute(services),
  ]
}

const listRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'listUsers',
    method: 'GET',
    path: '/api/admin/users',
    tag: 'Users',
    summary: 'List the users of the tenant',
    auth: readAuth,
    audit: readAudit,
    rateLimit: ADMIN_LIMITS,
    query: listUsersQuery,
    responses: { 200: { description: 'A page of users', schema: pageOf(userSchema) } },
    errors: [],
    handler: async (context, { query: { limit, ...filter } }) => {
      const users = await identity.listUsers(context, { ...filter, limit: limit + 1 })
      const page = toPage(users, limit)
      return { status: 200, body: { data: page.items.map(presentUser), next: page.next } }
    },
  })

const createRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'createUser',
    method: 'POST',
    path: '/api/admin/users',
    tag: 'Users',
    summary: 'Create or invite a user',
    description:
      'With `roles`, it needs `roles.write` too, and every permission of the roles. ' +
      'A `password` in it must be replaced by the user at the first sign-in; better send an invitation. ' +
      'With `password_hash`, the user keeps the password of another system, and the first ' +
      'sign-in replaces the hash.',
    auth: writeAuth,
    audit: {
      events: [
        'user.created',
        'user.invited',
        'user.password_change_demanded',
        'role.assigned',
        'role.change_refused',
        'user.breach_check_unavailable',
        'screening_hit.found',
        'user.suspended',
      ],
    },
    rateLimit: ADMIN_LIMITS,
    body: createUserSchema,
    responses: { 201: { description: 'The new user', schema: userSchema } },
    errors: [
      identityErrors.email_taken,
      identityErrors.name_screening_unavailable,
      identityErrors.password_hash_refused,
      accessErrors.permission_denied,
      accessErrors.role_not_found,
      accessErrors.role_exceeds_own_permissions,
      ...passwordPolicyErrors,
      passwordHashingErrors.overloaded,
    ],
    handler: async (context, { body }) => {
      const { send_invitation, display_name, password_hash, ...rest } = body
      const input = { ...rest, displayName: display_name, passwordHash: password_hash }
      const user =
        send_invitation === true
          ? (await identity.inviteUser(context, input)).user
          : await identity.createUser(context, input)
      return { status: 201, body: presentUser(user) }
    },
  })

const getRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'getUser',
    method: 'GET',
    path: '/api/admin/users/{user_id}',
    tag: 'Users',
    summary: 'Show one user and the roles of the user',
    auth: readAuth,
    audit: readAudit,
    rateLimit: ADMIN_LIMITS,
    params,
    responses: { 200: { description: 'The user', schema: userWithRolesSchema } },
    errors: [accessErrors.user_not_found],
    handler: async (context, { params: { user_id } }) => {
      const { user, roles } = await identity.getUserWithRoles(context, user_id)
      return { status: 200, body: { ...presentUser(user), roles } }
    },
  })

const statusRoute = ({ identity }: IdentityRouteServices, verb: 'suspend' | 'resume') =>
  defineRoute({
    id: `${verb}User`,
    method: 'POST',
    path: `/api/admin/users/{user_id}/${verb}`,
    tag: 'Users',
    summary: verb === 'suspend' ? 'Suspend a user and end all sessions' : 'Resume a user',
    description: 'Doing it again changes nothing.',
    auth: writeAuth,
    audit: {
      events: [
        verb === 'suspend' ? 'user.suspended' : 'user.resumed',
        'user.administration_refused',
      ],
    },
    rateLimit: ADMIN_LIMITS,
    params,
    responses: { 200: { description: 'The user as it is now', schema: userSchema } },
    errors:
      verb === 'suspend' ? changeErrors : [...changeErrors, identityErrors.user_held_for_screening],
    handler: async (context, { params: { user_id } }) => {
      const change = verb === 'suspend' ? identity.suspendUser : identity.resumeUser
      return { status: 200, body: presentUser(await change(context, user_id)) }
    },
  })

const passwordResetRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'demandPasswordReset',
    method: 'POST',
    path: '/api/admin/users/{user_id}/password-reset',
    tag: 'Users',
    summary: 'Have a user choose a new password',
    description:
      'Ends every session, sends the message to reset the password to the user, and demands a new one at the next sign-in. No administrator learns a password. A suspended user gets no message.',
    auth: writeAuth,
    audit: { events: ['user.password_reset_demanded', 'user.administration_refused'] },
    rateLimit: ADMIN_LIMITS,
    params,
    responses: { 202: { description: 'A message is on its way', schema: acceptedSchema } },
    errors: changeErrors,
    handler: async (context, { params: { user_id } }) => {
      await identity.demandPasswordReset(context, user_id)
      return { status: 202, body: { status: 'accepted' } }
    },
  })

const deleteRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'deleteUser',
    method: 'DELETE',
    path: '/api/admin/users/{user_id}',
    tag: 'Users',
    summary: 'Delete a user',
    description: 'Everything of the user goes, except the audit trail. It cannot be undone.',
    auth: writeAuth,
    audit: { events: ['user.deleted', 'user.administration_refused'] },
    rateLimit: ADMIN_LIMITS,
    params,
    responses: { 204: { description: 'The user is deleted' } },
    errors: changeErrors,
    handler: async (context, { params: { user_id } }) => {
      await identity.deleteUser(context, user_id)
      return { status: 204 }
    },
  })
