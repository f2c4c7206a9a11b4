import { z } from 'zod'
import { minutes } from '../../kernel/index.ts'
import {
  defineRoute,
  pageOf,
  pageQuery,
  type Route,
  toPage,
  typedId,
} from '../../platform/http/index.ts'
import { accessErrors } from '../access/index.ts'
import type { ConnectedApplication } from './engine/consent-store.ts'
import { oauthErrors } from './errors.ts'
import type { OAuth } from './oauth.ts'

export interface ConnectedRouteServices {
  readonly oauth: OAuth
}

const rateLimit = { limit: 120, window: minutes(1), by: 'principal' } as const
const tag = 'Connected applications'
const applicationSchema = z.object({
  client_id: z.string(),
  client_name: z.string(),
  scopes: z.array(z.string()),
  resources: z.record(z.string(), z.array(z.string())),
  created_at: z.string(),
  updated_at: z.string(),
})
const list = {
  200: { description: 'A page of applications', schema: pageOf(applicationSchema) },
}
const query = pageQuery.extend({ after: typedId('cli').optional() })
const gone = { 204: { description: 'Its grants and tokens have ended' } }
const audit = { events: ['oauth.consent_revoked'] }
const own = z.strictObject({ client_id: typedId('cli') })
const ofUser = z.strictObject({ user_id: typedId('usr') })

/** What users allowed, for themselves and for administrators. */
export function connectedRoutes(services: ConnectedRouteServices): readonly Route[] {
  return [
    listOwnRoute(services),
    disconnectOwnRoute(services),
    listOfUserRoute(services),
    disconnectOfUserRoute(services),
  ]
}

const listOwnRoute = ({ oauth }: ConnectedRouteServices) =>
  defineRoute({
    id: 'listConnectedApplications',
    method: 'GET',
    path: '/api/auth/connected-applications',
    tag,
    summary: 'List the applications that I allowed to act for me',
    auth: { kind: 'user' },
    audit: { none: 'a read of the own account' },
    rateLimit,
    query,
    responses: list,
    errors: [],
    handler: async (context, { query: { after, limit } }) => {
      const { userId } = context.principal
      const page = { after, limit: limit + 1 }
      return present(await oauth.listConnected(context, userId, page), limit)
    },
  })

const disconnectOwnRoute = ({ oauth }: ConnectedRouteServices) =>
  defineRoute({
    id: 'disconnectApplication',
    method: 'DELETE',
    path: '/api/auth/connected-applications/{client_id}',
    tag,
    summary: 'Disconnect an application; its tokens end at once',
    auth: { kind: 'user' },
    audit,
    rateLimit,
    params: own,
    responses: gone,
    errors: [oauthErrors.grant_not_found],
    handler: async (context, { params: { client_id } }) => {
      await oauth.disconnect(context, context.principal.userId, client_id)
      return { status: 204 }
    },
  })

const listOfUserRoute = ({ oauth }: ConnectedRouteServices) =>
  defineRoute({
    id: 'listConnectedApplicationsOfUser',
    method: 'GET',
    path: '/api/admin/users/{user_id}/connected-applications',
    tag,
    summary: 'List the applications that a user allowed',
    auth: { kind: 'permission', permission: 'users.read' },
    audit: { none: 'a read of what the administrator administers' },
    rateLimit,
    params: ofUser,
    query,
    responses: list,
    errors: [accessErrors.user_not_found],
    handler: async (context, { params: { user_id }, query: { after, limit } }) => {
      const page = { after, limit: limit + 1 }
      return present(await oauth.listConnected(context, user_id, page), limit)
    },
  })

const disconnectOfUserRoute = ({ oauth }: ConnectedRouteServices) =>
  defineRoute({
    id: 'disconnectApplicationOfUser',
    method: 'DELETE',
    path: '/api/admin/users/{user_id}/connected-applications/{client_id}',
    tag,
    summary: 'Disconnect an application of a user',
    auth: { kind: 'permission', permission: 'users.write' },
    audit: { events: [...audit.events, 'user.administration_refused'] },
    rateLimit,
    params: ofUser.extend({ client_id: typedId('cli') }),
    responses: gone,
    errors: [oauthErrors.grant_not_found, accessErrors.user_exceeds_own_permissions],
    handler: async (context, { params: { user_id, client_id } }) => {
      await oauth.disconnect(context, user_id, client_id)
      return { status: 204 }
    },
  })

function present(applications: readonly ConnectedApplication[], limit: number) {
  const page = toPage(
    applications.map((one) => ({ ...one, id: one.clientId })),
    limit,
  )
  const data = page.items.map((one) => ({
    client_id: one.clientId,
    client_name: one.clientName,
    scopes: [...one.scopes],
    resources: Object.fromEntries(
      Object.entries(one.resources).map(([resource, scopes]) => [resource, [...scopes]]),
    ),
    created_at: one.createdAt.toISOString(),
    updated_at: one.updatedAt.toISOString(),
  }))
  return { status: 200, body: { data, next: page.next } }
}
