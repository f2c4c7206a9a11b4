import { z } from 'zod'
import { minutes } from '../../kernel/index.ts'
import { defineRoute, type Route, typedId } from '../../platform/http/index.ts'
import { sharedSignalErrors } from './errors.ts'
import {
  manageAuth,
  RECEIVER_TAG as tag,
  receiverLimit as rateLimit,
  type SharedSignalRouteServices,
} from './receiver-auth.ts'
import {
  addSubjectSchema,
  polledSchema,
  pollSchema,
  removeSubjectSchema,
  verificationSchema,
} from './schema.ts'

/** What goes over a stream. @see SSF §8.1.3, §8.1.4; RFC 8936 */
export function eventRoutes(services: SharedSignalRouteServices): readonly Route[] {
  return [
    addSubjectRoute(services),
    removeSubjectRoute(services),
    verifyRoute(services),
    pollRoute(services),
  ]
}

const addSubjectRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'addSignalSubject',
    method: 'POST',
    path: '/ssf/subjects/add',
    tag,
    summary: 'Hear of a user again (SSF §8.1.3.2)',
    description:
      'Answers the same for users that the client may not know, and changes nothing then.',
    auth: manageAuth,
    audit: { events: ['signal_subject.added'] },
    rateLimit,
    body: addSubjectSchema,
    responses: { 200: { description: 'Understood' } },
    errors: [sharedSignalErrors.signal_stream_not_found],
    handler: async (context, { body: { stream_id: streamId, subject } }) => {
      await sharedSignals.changeSubject(context, { streamId, subject, change: 'add' })
      return { status: 200 }
    },
  })

const removeSubjectRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'removeSignalSubject',
    method: 'POST',
    path: '/ssf/subjects/remove',
    tag,
    summary: 'Hear of a user no more (SSF §8.1.3.3)',
    description:
      'Answers the same for users that the client may not know, and changes nothing then.',
    auth: manageAuth,
    audit: { events: ['signal_subject.removed'] },
    rateLimit,
    body: removeSubjectSchema,
    responses: { 204: { description: 'Understood' } },
    errors: [sharedSignalErrors.signal_stream_not_found],
    handler: async (context, { body: { stream_id: streamId, subject } }) => {
      await sharedSignals.changeSubject(context, { streamId, subject, change: 'remove' })
      return { status: 204 }
    },
  })

const verifyRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'verifySignalStream',
    method: 'POST',
    path: '/ssf/verify',
    tag,
    summary: 'Have a verification event sent (SSF §8.1.4.2)',
    auth: manageAuth,
    audit: { events: ['signal_stream.verification_requested'] },
    rateLimit,
    body: verificationSchema,
    responses: { 204: { description: 'It will come over the stream' } },
    errors: [
      sharedSignalErrors.signal_stream_not_found,
      sharedSignalErrors.signal_stream_not_enabled,
      sharedSignalErrors.signal_verification_too_often,
    ],
    handler: async (context, { body: { stream_id: streamId, state } }) => {
      await sharedSignals.verify(context, { streamId, state })
      return { status: 204 }
    },
  })

const pollRoute = ({ sharedSignals }: SharedSignalRouteServices) =>
  defineRoute({
    id: 'pollSignalStream',
    method: 'POST',
    path: '/ssf/streams/{stream_id}/poll',
    tag,
    summary: 'Fetch security events, and acknowledge earlier ones (RFC 8936)',
    description:
      'At most 100 events an answer. Without `returnImmediately` it waits up to five seconds for one.',
    auth: manageAuth,
    audit: { events: ['signal_event.refused'] },
    rateLimit: { limit: 600, window: minutes(1), by: 'principal' },
    params: z.strictObject({ stream_id: typedId('stm') }),
    body: pollSchema,
    responses: { 200: { description: 'Security event tokens by `jti`', schema: polledSchema } },
    errors: [sharedSignalErrors.signal_stream_not_found],
    handler: async (context, { params: { stream_id: streamId }, body }) => {
      const { ack: acknowledged, setErrs: refused, ...limits } = body
      const polled = await sharedSignals.poll(context, {
        streamId,
        acknowledged,
        refused,
        ...limits,
      })
      return { status: 200, body: polled }
    },
  })
