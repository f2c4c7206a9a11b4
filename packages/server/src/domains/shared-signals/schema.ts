import { z } from 'zod'
import { Secret, toSeconds } from '../../kernel/index.ts'
import { EVENTS_SUPPORTED, uriOf } from './event-types.ts'
import type { Stream, StreamState } from './model.ts'
import { MAX_POLLED, VERIFICATION_INTERVAL } from './policy.ts'
import type { NewStream, WantedDelivery } from './use-cases/create-stream.ts'
import { pollAddressOf, type StreamChange } from './use-cases/update-stream.ts'

/** SSF §6.1.1, §6.1.2. */
export const PUSH_METHOD = 'urn:ietf:rfc:8935'
export const POLL_METHOD = 'urn:ietf:rfc:8936'

/** Any text: what is no id of ours is a stream that does not exist, and answered as such. */
export const streamIdText = z.string().min(1).max(100)
const eventUris = z.array(z.string().min(1).max(256)).max(50)
// SECURITY: a control character in it would begin another line of the header (CWE-93).
const description = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}]*$/u)
const status = z.enum(['enabled', 'paused', 'disabled'])
const reason = description.min(1)

/** RFC 8935 §5: over TLS. Where it leads is judged at each connection. */
const endpointUrl = z
  .string()
  .max(2048)
  .refine(isHttpsAddress, 'an https address without user name and fragment is needed')

/** SECURITY: a header of the receiver's choice. A line break in it would begin a header of its own. */
const authorizationHeader = z
  .string()
  .max(4096)
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'printable ASCII of one line')
  .transform((text) => new Secret(text))

const delivery = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal(PUSH_METHOD),
    endpoint_url: endpointUrl,
    authorization_header: authorizationHeader.optional(),
  }),
  // Its address is ours, and may be sent back as it was read.
  z.strictObject({ method: z.literal(POLL_METHOD), endpoint_url: z.string().max(2048).optional() }),
])

export const createStreamSchema = z.strictObject({
  delivery: delivery.optional(),
  events_requested: eventUris.optional(),
  description: description.optional(),
})

export const changeStreamSchema = z.strictObject({
  stream_id: streamIdText,
  delivery: delivery.optional(),
  events_requested: eventUris.optional(),
  description: description.optional(),
  iss: z.string().max(2048).optional(),
  aud: z.string().max(2048).optional(),
  events_supported: eventUris.optional(),
  events_delivered: eventUris.optional(),
  min_verification_interval: z.int().optional(),
})

export const streamSchema = z.object({
  stream_id: z.string(),
  iss: z.string(),
  aud: z.string(),
  events_supported: z.array(z.string()),
  events_requested: z.array(z.string()),
  events_delivered: z.array(z.string()),
  delivery: z.object({ method: z.string(), endpoint_url: z.string() }),
  min_verification_interval: z.int(),
  description: z.string().optional(),
})

export const changeStatusSchema = z.strictObject({
  stream_id: streamIdText,
  status,
  reason: reason.optional(),
})
export const statusSchema = z.object({
  stream_id: z.string(),
  status,
  reason: z.string().optional(),
})

/** RFC 9493 §3.2.3: the only name of a user that a client has from us. */
const subject = z.strictObject({
  format: z.literal('iss_sub'),
  iss: z.string().min(1).max(2048),
  sub: z.string().min(1).max(256),
})
export const addSubjectSchema = z.strictObject({
  stream_id: streamIdText,
  subject,
  verified: z.boolean().optional(),
})
export const removeSubjectSchema = z.strictObject({ stream_id: streamIdText, subject })

export const verificationSchema = z.strictObject({
  stream_id: streamIdText,
  state: z.string().max(1024).optional(),
})

const jti = z.string().min(1).max(100)
/** RFC 8936 §2.4.1; the names are its own. */
export const pollSchema = z.strictObject({
  maxEvents: z.int().min(0).max(1_000_000).default(MAX_POLLED),
  returnImmediately: z.boolean().default(false),
  ack: z.array(jti).max(1000).default([]),
  setErrs: z
    .record(
      jti,
      z.strictObject({
        err: z.string().min(1).max(100),
        description: z.string().max(500).optional(),
      }),
    )
    .refine((errors) => Object.keys(errors).length <= 1000, 'at most 1000')
    .default({}),
})
export const polledSchema = z.object({
  sets: z.record(z.string(), z.string()),
  moreAvailable: z.boolean(),
})

export const administeredStreamSchema = z.object({
  id: z.string(),
  client_id: z.string(),
  description: z.string().optional(),
  method: z.enum(['push', 'poll']),
  endpoint_url: z.string().optional(),
  events_delivered: z.array(z.string()),
  status,
  status_by: z.enum(['receiver', 'administrator', 'transmitter']),
  status_reason: z.string().optional(),
  pending: z.int(),
  last_error: z.string().optional(),
  last_error_at: z.string().optional(),
  delivered_at: z.string().optional(),
  created_at: z.string(),
})
export const administerStatusSchema = z.strictObject({ status, reason: reason.optional() })
export const allowSubjectsSchema = z.strictObject({ subjects: z.enum(['granted', 'all']) })
export const allowedSubjectsSchema = z.object({ subjects: z.enum(['granted', 'all']) })

/** SSF §8.1.1.1: whoever does not say how to deliver polls. */
export function parseNewStream(body: z.output<typeof createStreamSchema>): NewStream {
  return {
    delivery: parseDelivery(body.delivery) ?? { method: 'poll' },
    eventsRequested: body.events_requested ?? [],
    description: body.description,
  }
}

export function parseStreamChange(
  body: z.output<typeof changeStreamSchema>,
  mode: StreamChange['mode'],
): StreamChange {
  const { stream_id, delivery: wanted, events_requested, description: text, ...supplied } = body
  const address = wanted?.method === POLL_METHOD ? wanted.endpoint_url : undefined
  return {
    streamId: stream_id,
    supplied: { ...supplied, endpoint_url: address },
    mode,
    wanted: {
      delivery: parseDelivery(wanted),
      eventsRequested: events_requested,
      description: text,
    },
  }
}

function parseDelivery(wanted: z.output<typeof delivery> | undefined): WantedDelivery | undefined {
  if (wanted === undefined) return undefined
  if (wanted.method === POLL_METHOD) return { method: 'poll' }
  return {
    method: 'push',
    endpointUrl: wanted.endpoint_url,
    authorization: wanted.authorization_header,
  }
}

/** SECURITY: the authorization header is never shown again. */
export function presentStream(issuer: string, stream: Stream): z.input<typeof streamSchema> {
  return {
    stream_id: stream.id,
    iss: issuer,
    aud: stream.clientId,
    events_supported: [...EVENTS_SUPPORTED],
    events_requested: [...stream.eventsRequested],
    events_delivered: stream.eventsDelivered.map(uriOf),
    delivery:
      stream.delivery.method === 'push'
        ? { method: PUSH_METHOD, endpoint_url: stream.delivery.endpointUrl }
        : { method: POLL_METHOD, endpoint_url: pollAddressOf(issuer, stream) },
    min_verification_interval: toSeconds(VERIFICATION_INTERVAL),
    ...(stream.description === undefined ? {} : { description: stream.description }),
  }
}

export function presentStatus(stream: Stream): z.input<typeof statusSchema> {
  const { id, status: current, statusReason } = stream
  return {
    stream_id: id,
    status: current,
    ...(statusReason === undefined ? {} : { reason: statusReason }),
  }
}

export function presentAdministered(stream: StreamState): z.input<typeof administeredStreamSchema> {
  const { delivery: how } = stream
  return {
    id: stream.id,
    client_id: stream.clientId,
    description: stream.description,
    method: how.method,
    endpoint_url: how.method === 'push' ? how.endpointUrl : undefined,
    events_delivered: stream.eventsDelivered.map(uriOf),
    status: stream.status,
    status_by: stream.statusBy,
    status_reason: stream.statusReason,
    pending: stream.pending,
    last_error: stream.lastError,
    last_error_at: stream.lastErrorAt?.toISOString(),
    delivered_at: stream.deliveredAt?.toISOString(),
    created_at: stream.createdAt.toISOString(),
  }
}

function isHttpsAddress(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || url.protocol !== 'https:' || text.includes('#')) return false
  return url.username === '' && url.password === '' && url.hostname !== ''
}
