import { z } from 'zod'
import { minutes, type UserContext } from '../../kernel/index.ts'
import {
  defineRoute,
  pageOf,
  pageQuery,
  type Route,
  toPage,
  typedId,
} from '../../platform/http/index.ts'
import { accessErrors } from '../access/index.ts'
import { sessionErrors } from './errors.ts'
import type { ListedSession } from './model.ts'
import { presentSession, renameSessionSchema, sessionSchema } from './schema.ts'
import type { Sessions } from './sessions.ts'

const rateLimit = { limit: 300, window: minutes(1), by: 'principal' } as const
const query = pageQuery.extend({ after: typedId('ses').optional() })
const sessionParams = z.strictObject({ session_id: typedId('ses') })
const userParams = z.strictObject({ user_id: typedId('usr') })

export interface SessionRouteServices {
  readonly sessions: Sessions
}

export function sessionRoutes(services: SessionRouteServices): readonly Route[] {
  return [
    listRoute(services),
    endOthersRoute(services),
    renameRoute(services),
    endRoute(services),
    logoutRoute(services),
    listOfUserRoute(services),
    endAllOfUserRoute(services),
  ]
}

const listRoute = ({ sessions }: SessionRouteServices) =>
  defineRoute({
    id: 'listSessions',
    method: 'GET',
    path: '/api/auth/sessions',
    tag: 'Sessions',
    summary: 'List where you are signed in',
    auth: { kind: 'user' },
    audit: { none: 'a read of one’s own sessions' },
    rateLimit,
    query,
    responses: { 200: { description: 'A page of sessions', schema: pageOf(sessionSchema) } },
    errors: [],
    handler: async (context, { query: { after, limit } }) => ({
      status: 200,
      body: present(context, await sessions.list(context, { after, limit: limit + 1 }), limit),
    }),
  })

const endOthersRoute = ({ sessions }: SessionRouteServices) =>
  defineRoute({
    id: 'endOtherSessions',
    method: 'DELETE',
    path: '/api/auth/sessions',
    tag: 'Sessions',
    summary: 'Sign out everywhere else',
    auth: { kind: 'user', maxAge: 'recent' },
    audit: { events: ['session.several_ended'] },
    rateLimit,
    responses: { 204: { description: 'All your other sessions have ended' } },
    errors: [],
    handler: async (context) => {
      await sessions.endOthers(context)
      return { status: 204 }
    },
  })

const renameRoute = ({ sessions }: SessionRouteServices) =>
  defineRoute({
    id: 'renameSession',
    method: 'PATCH',
    path: '/api/auth/sessions/{session_id}',
    tag: 'Sessions',
    summary: 'Give one of your sessions a name',
    description: '`null` takes the name away; the session is then known by its device again.',
    auth: { kind: 'user' },
    audit: { events: ['session.renamed', 'session.rename_refused'] },
    rateLimit,
    params: sessionParams,
    body: renameSessionSchema,
    responses: { 200: { description: 'The session', schema: sessionSchema } },
    errors: [sessionErrors.session_not_found],
    handler: async (context, { params: { session_id }, body: { name } }) => ({
      status: 200,
      body: presentSession(
        await sessions.rename(context, session_id, name ?? undefined),
        context.principal.sessionId,
      ),
    }),
  })

const endRoute = ({ sessions }: SessionRouteServices) =>
  defineRoute({
    id: 'endSession',
    method: 'DELETE',
    path: '/api/auth/sessions/{session_id}',
    tag: 'Sessions',
    summary: 'End one of your sessions',
    auth: { kind: 'user', maxAge: 'recent' },
    audit: { events: ['session.ended', 'session.end_refused'] },
    rateLimit,
    params: sessionParams,
    responses: { 204: { description: 'The session has ended' } },
    errors: [sessionErrors.session_not_found],
    handler: async (context, { params: { session_id } }) => {
      await sessions.end(context, session_id)
      return { status: 204 }
    },
  })

const logoutRoute = ({ sessions }: SessionRouteServices) =>
  defineRoute({
    id: 'logout',
    method: 'POST',
    path: '/api/auth/logout',
    tag: 'Account',
    summary: 'Sign out here, or everywhere with `?all=true`',
    auth: { kind: 'user', whileOwing: true },
    audit: { events: ['session.ended', 'session.several_ended'] },
    rateLimit,
    query: z.strictObject({ all: z.enum(['true', 'false']).default('false') }),
    responses: { 204: { description: 'Signed out; the cookie is deleted' } },
    errors: [],
    handler: async (context, { query: { all } }) => {
      await (all === 'true' ? sessions.endAll(context) : sessions.endCurrent(context))
      return { status: 204, cookies: [{ name: 'session', value: undefined }] }
    },
  })

const listOfUserRoute = ({ sessions }: SessionRouteServices) =>
  defineRoute({
    id: 'listUserSessions',
    method: 'GET',
    path: '/api/admin/users/{user_id}/sessions',
    tag: 'Sessions',
    summary: 'List where a user is signed in',
    auth: { kind: 'permission', permission: 'sessions.read' },
    audit: { none: 'a read of what the administrator looks after' },
    rateLimit,
    params: userParams,
    query,
    responses: { 200: { description: 'A page of sessions', schema: pageOf(sessionSchema) } },
    errors: [accessErrors.user_not_found],
    handler: async (context, { params: { user_id }, query: { after, limit } }) => {
      const found = await sessions.listOfUser(context, user_id, { after, limit: limit + 1 })
      return { status: 200, body: present(context, found, limit) }
    },
  })

const endAllOfUserRoute = ({ sessions }: SessionRouteServices) =>
  defineRoute({
    id: 'endUserSessions',
    method: 'DELETE',
    path: '/api/admin/users/{user_id}/sessions',
    tag: 'Sessions',
    summary: 'Sign a user out everywhere',
    auth: { kind: 'permission', permission: 'sessions.write' },
    audit: { events: ['session.several_ended', 'user.administration_refused'] },
    rateLimit,
    params: userParams,
    responses: { 204: { description: 'All sessions of the user have ended' } },
    errors: [accessErrors.user_not_found, accessErrors.user_exceeds_own_permissions],
    handler: async (context, { params: { user_id } }) => {
      await sessions.endAllOfUser(context, user_id)
      return { status: 204 }
    },
  })

function present(context: UserContext, found: readonly ListedSession[], limit: number) {
  const page = toPage(found, limit)
  const current = context.principal.sessionId
  return { data: page.items.map((session) => presentSession(session, current)), next: page.next }
}
