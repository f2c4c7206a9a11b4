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
import { oauthErrors } from '../oauth/index.ts'
import { sharedSignalErrors } from './errors.ts'
import { RECEIVER_TAG as tag, type SharedSignalRouteServices } from './receiver-auth.ts'
import {
  administeredStreamSchema,
  administerStatusSchema,
  allowedSubjectsSchema,
  allowSubjectsSchema,
  presentAdministered,
  presentStatus,
  statusSchema,
} from './schema.ts'

const readAuth = { kind: 'permission', permission: 'clients.read' } as const
const writeAuth = { kind: 'permission', permission: 'clients.write' } as const
const rateLimit = { limit: 300, window: minutes(1), by: 'principal' } as const
const params = z.strictObject({ stream_id: typedId('stm') })

/** Streams as administrators see them: who receives what, and whether it arrives. */
export function signalAdminRoutes(services: SharedSignalRouteServices): readonly Route[] {
  return [
    listRoute(services),
    changeStatusRoute(services),
    deleteRoute(services),
    allowSubjectsRoute(services),
  ]
}

const listRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'listSignalStreams',
    method: 'GET',
    path: '/api/admin/signals/streams',
    tag,
    summary: 'List the streams of all clients, newest first',
    auth: readAuth,
    audit: { none: 'a read of what the administrator administers' },
    rateLimit,
    query: pageQuery.extend({ after: typedId('stm').optional() }),
    responses: {
      200: { description: 'A page of streams', schema: pageOf(administeredStreamSchema) },
    },
    errors: [],
    handler: async (context, { query: { after, limit } }) => {
      const found = await sharedSignals.list(context, { after, limit: limit + 1 })
      const page = toPage(found, limit)
      return {
        status: 200,
        body: { data: page.items.map(presentAdministered), next: page.next },
      }
    },
  })

const changeStatusRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'administerSignalStream',
    method: 'PUT',
    path: '/api/admin/signals/streams/{stream_id}/status',
    tag,
    summary: 'Enable, pause or disable a stream',
    description:
      'Its receiver is told over the stream, and can not enable what an administrator disabled.',
    auth: writeAuth,
    audit: { events: ['signal_stream.status_changed'] },
    rateLimit,
    params,
    body: administerStatusSchema,
    responses: { 200: { description: 'The status', schema: statusSchema } },
    errors: [sharedSignalErrors.signal_stream_not_found],
    handler: async (context, { params: { stream_id }, body: { status, reason } }) => ({
      status: 200,
      body: presentStatus(await sharedSignals.changeStatus(context, stream_id, { status, reason })),
    }),
  })

const deleteRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'removeSignalStream',
    method: 'DELETE',
    path: '/api/admin/signals/streams/{stream_id}',
    tag,
    summary: 'Delete a stream, with all that waits on it',
    auth: writeAuth,
    audit: { events: ['signal_stream.deleted'] },
    rateLimit,
    params,
    responses: { 204: { description: 'It is gone' } },
    errors: [sharedSignalErrors.signal_stream_not_found],
    handler: async (context, { params: { stream_id } }) => {
      await sharedSignals.removeAny(context, stream_id)
      return { status: 204 }
    },
  })

const allowSubjectsRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'allowSignalSubjects',
    method: 'PUT',
    path: '/api/admin/signals/receivers/{client_id}',
    tag,
    summary: 'Allow a client to hear of all users, or of those who allowed it',
    description:
      '`granted` is the default: users who signed in to that client and did not disconnect it. ' +
      '`all` is for receivers of the tenant itself, a monitoring service for example.',
    auth: writeAuth,
    audit: { events: ['signal_receiver.updated'] },
    rateLimit,
    params: z.strictObject({ client_id: typedId('cli') }),
    body: allowSubjectsSchema,
    responses: { 200: { description: 'It counts from now on', schema: allowedSubjectsSchema } },
    errors: [oauthErrors.client_not_found],
    handler: async (context, { params: { client_id }, body: { subjects } }) => {
      await sharedSignals.allowSubjects(context, client_id, subjects)
      return { status: 200, body: { subjects } }
    },
  })
