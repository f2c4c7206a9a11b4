import { z } from 'zod'
import { defineRoute, type Route } from '../../platform/http/index.ts'
import { sharedSignalErrors } from './errors.ts'
import {
  manageAuth,
  readAuth,
  RECEIVER_TAG as tag,
  receiverLimit as rateLimit,
  type SharedSignalRouteServices,
} from './receiver-auth.ts'
import {
  changeStatusSchema,
  changeStreamSchema,
  createStreamSchema,
  parseNewStream,
  parseStreamChange,
  presentStatus,
  presentStream,
  statusSchema,
  streamIdText,
  streamSchema,
} from './schema.ts'

const path = '/ssf/streams'
const query = z.strictObject({ stream_id: streamIdText })

/** The configuration endpoint and the status endpoint. @see SSF §8.1.1, §8.1.2 */
export function streamRoutes(services: SharedSignalRouteServices): readonly Route[] {
  return [
    createRoute(services),
    readRoute(services),
    updateRoute(services),
    replaceRoute(services),
    deleteRoute(services),
    readStatusRoute(services),
    changeStatusRoute(services),
  ]
}

const createRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'createSignalStream',
    method: 'POST',
    path,
    tag,
    summary: 'Create a stream (SSF §8.1.1.1)',
    description:
      'Pushed (RFC 8935) to an `https` address of the public internet, or polled (RFC 8936), which ' +
      'is the default. The stream carries users who allowed this client, unless an administrator ' +
      'allows all of them.',
    auth: manageAuth,
    audit: { events: ['signal_stream.created'] },
    rateLimit,
    body: createStreamSchema,
    responses: { 201: { description: 'The stream', schema: streamSchema } },
    errors: [sharedSignalErrors.signal_stream_limit, sharedSignalErrors.signal_stream_locked],
    handler: async (context, { body }) => {
      const stream = await sharedSignals.create(context, parseNewStream(body))
      return { status: 201, body: presentStream(context.tenant.issuer, stream) }
    },
  })

const readRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'readSignalStreams',
    method: 'GET',
    path,
    tag,
    summary: 'Read a stream, or all streams of the client (SSF §8.1.1.2)',
    auth: readAuth,
    audit: { none: 'a read of what the client made' },
    rateLimit,
    query: query.partial(),
    responses: {
      200: {
        description: 'The stream; without `stream_id` a list of them',
        schema: z.union([streamSchema, z.array(streamSchema)]),
      },
    },
    errors: [sharedSignalErrors.signal_stream_not_found],
    handler: async (context, { query: { stream_id } }) => {
      const { issuer } = context.tenant
      if (stream_id !== undefined) {
        return {
          status: 200,
          body: presentStream(issuer, await sharedSignals.get(context, stream_id)),
        }
      }
      const streams = await sharedSignals.listOwn(context)
      return { status: 200, body: streams.map((stream) => presentStream(issuer, stream)) }
    },
  })

/** What both ways to change a stream have in common. */
const change = {
  auth: manageAuth,
  audit: { events: ['signal_stream.updated'] },
  rateLimit,
  body: changeStreamSchema,
  responses: { 200: { description: 'The stream', schema: streamSchema } },
  errors: [sharedSignalErrors.signal_stream_not_found, sharedSignalErrors.signal_stream_mismatch],
} as const

const updateRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'updateSignalStream',
    method: 'PATCH',
    path,
    tag,
    summary: 'Change some of a stream (SSF §8.1.1.3)',
    description:
      'A `delivery` with the address of before and without `authorization_header` keeps that header.',
    ...change,
    handler: async (context, { body }) => {
      const stream = await sharedSignals.update(context, parseStreamChange(body, 'merge'))
      return { status: 200, body: presentStream(context.tenant.issuer, stream) }
    },
  })

const replaceRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'replaceSignalStream',
    method: 'PUT',
    path,
    tag,
    summary: 'Replace a stream (SSF §8.1.1.4)',
    description: 'What is missing is deleted, the authorization header too.',
    ...change,
    handler: async (context, { body }) => {
      const stream = await sharedSignals.update(context, parseStreamChange(body, 'replace'))
      return { status: 200, body: presentStream(context.tenant.issuer, stream) }
    },
  })

const deleteRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'deleteSignalStream',
    method: 'DELETE',
    path,
    tag,
    summary: 'Delete a stream, with all that waits on it (SSF §8.1.1.5)',
    auth: manageAuth,
    audit: { events: ['signal_stream.deleted'] },
    rateLimit,
    query,
    responses: { 204: { description: 'It is gone' } },
    errors: [sharedSignalErrors.signal_stream_not_found, sharedSignalErrors.signal_stream_locked],
    handler: async (context, { query: { stream_id } }) => {
      await sharedSignals.remove(context, stream_id)
      return { status: 204 }
    },
  })

const readStatusRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'readSignalStreamStatus',
    method: 'GET',
    path: '/ssf/status',
    tag,
    summary: 'Read the status of a stream (SSF §8.1.2.1)',
    auth: readAuth,
    audit: { none: 'a read of what the client made' },
    rateLimit,
    query,
    responses: { 200: { description: 'The status', schema: statusSchema } },
    errors: [sharedSignalErrors.signal_stream_not_found],
    handler: async (context, { query: { stream_id } }) => ({
      status: 200,
      body: presentStatus(await sharedSignals.get(context, stream_id)),
    }),
  })

const changeStatusRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'changeSignalStreamStatus',
    method: 'POST',
    path: '/ssf/status',
    tag,
    summary: 'Enable, pause or disable a stream (SSF §8.1.2.2)',
    description:
      '`paused` keeps what happens for seven days; `disabled` forgets what waits and what happens.',
    auth: manageAuth,
    audit: { events: ['signal_stream.status_changed'] },
    rateLimit,
    body: changeStatusSchema,
    responses: { 200: { description: 'The status', schema: statusSchema } },
    errors: [sharedSignalErrors.signal_stream_not_found, sharedSignalErrors.signal_stream_locked],
    handler: async (context, { body: { stream_id, status, reason } }) => ({
      status: 200,
      body: presentStatus(
        await sharedSignals.changeOwnStatus(context, stream_id, { status, reason }),
      ),
    }),
  })
