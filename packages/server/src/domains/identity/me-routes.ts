import type { z } from 'zod'
import type { UserContext } from '../../kernel/index.ts'
import { defineRoute, type Route } from '../../platform/http/index.ts'
import { passwordHashingErrors } from '../../platform/password-hashing/index.ts'
import { accessErrors } from '../access/index.ts'
import type { IdentityRouteServices } from './account-routes.ts'
import { identityErrors } from './errors.ts'
import { OWN_LIMITS } from './limits.ts'
import {
  deleteOwnAccountSchema,
  meSchema,
  presentProfile,
  type ProfileOfUser,
  updateProfileSchema,
} from './schema.ts'

/** What somebody sees and changes of the own account. */
export function meRoutes(services: IdentityRouteServices): readonly Route[] {
  return [getMeRoute(), updateMeRoute(services), deleteMeRoute(services)]
}

/** Roles and permissions are those of this very request. */
export function presentMe(
  { principal }: UserContext,
  user: ProfileOfUser,
): z.input<typeof meSchema> {
  return {
    ...presentProfile(user),
    roles: [...principal.roles],
    permissions: [...principal.permissions].sort(),
  }
}

const getMeRoute = () =>
  defineRoute({
    id: 'getMe',
    method: 'GET',
    path: '/api/auth/me',
    tag: 'Account',
    summary: 'Show the own account',
    auth: { kind: 'user' },
    audit: { none: 'a read of the own account' },
    rateLimit: OWN_LIMITS.read,
    responses: { 200: { description: 'The own account', schema: meSchema } },
    errors: [],
    handler: async (context) => {
      const { userId: id, profile } = context.principal
      return { status: 200, body: presentMe(context, { ...profile, id }) }
    },
  })

const updateMeRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'updateMe',
    method: 'PATCH',
    path: '/api/auth/me',
    tag: 'Account',
    summary: 'Change the own name or language',
    description: 'A member that is left out stays; `null` removes it.',
    auth: { kind: 'user' },
    audit: { events: ['user.profile_updated', 'screening_hit.found', 'user.suspended'] },
    rateLimit: OWN_LIMITS.write,
    body: updateProfileSchema,
    responses: { 200: { description: 'The account as it is now', schema: meSchema } },
    errors: [accessErrors.user_not_found, identityErrors.name_screening_unavailable],
    handler: async (context, { body: { display_name, locale } }) => {
      const user = await identity.updateProfile(context, { displayName: display_name, locale })
      return { status: 200, body: presentMe(context, user) }
    },
  })

const deleteMeRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'deleteMe',
    method: 'DELETE',
    path: '/api/auth/me',
    tag: 'Account',
    summary: 'Delete the own account',
    description: 'Needs the password again. Ends every session; it cannot be undone.',
    auth: { kind: 'user', maxAge: 'recent' },
    audit: { events: ['user.deleted', 'user.deletion_refused'] },
    rateLimit: OWN_LIMITS.password,
    body: deleteOwnAccountSchema,
    responses: { 204: { description: 'The account is deleted' } },
    errors: [
      identityErrors.current_password_wrong,
      accessErrors.user_not_found,
      passwordHashingErrors.overloaded,
    ],
    handler: async (context, { body: { current_password } }) => {
      await identity.deleteOwnAccount(context, current_password)
      return { status: 204, cookies: [{ name: 'session', value: undefined }] }
    },
  })
