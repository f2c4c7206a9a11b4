import type { ClientContext, RequestContext } from '../../../kernel/index.ts'
import { record } from '../../audit/index.ts'
import type { SharedSignalDependencies } from '../dependencies.ts'
import { sharedSignalErrors } from '../errors.ts'
import { EVENTS_SUPPORTED, knownTypes, uriOf } from '../event-types.ts'
import type { Delivery, Stream } from '../model.ts'
import { toSeconds } from '../../../kernel/index.ts'
import { VERIFICATION_INTERVAL } from '../policy.ts'
import { updateStreamRow } from '../stream-store.ts'
import { type NewStream, toDelivery, type WantedDelivery, whatItIs } from './create-stream.ts'
import { enqueuePush } from './enqueue-push.ts'
import { lockOwnStream } from './own-stream.ts'

/** What the transmitter sets; undefined: not in the request. */
export interface TransmitterSupplied {
  readonly iss?: string | undefined
  readonly aud?: string | undefined
  readonly events_supported?: readonly string[] | undefined
  readonly events_delivered?: readonly string[] | undefined
  readonly min_verification_interval?: number | undefined
  readonly endpoint_url?: string | undefined
}

export interface StreamChange {
  readonly streamId: string
  readonly supplied: TransmitterSupplied
  /** `merge` leaves alone what is undefined; `replace` deletes it. */
  readonly mode: 'merge' | 'replace'
  readonly wanted: { readonly [Member in keyof NewStream]: NewStream[Member] | undefined }
}

/** @throws signal_stream_not_found, signal_stream_mismatch @see SSF §8.1.1.3, §8.1.1.4 */
export function updateStream(
  deps: SharedSignalDependencies,
  context: ClientContext,
  { streamId, supplied, mode, wanted }: StreamChange,
): Promise<Stream> {
  return deps.database.withTenant(context.tenant.id, async (tx) => {
    const before = await lockOwnStream(tx, context.client.id, streamId)
    checkSupplied(context, before, supplied)
    const isMerge = mode === 'merge'
    const requested = wanted.eventsRequested ?? (isMerge ? before.eventsRequested : [])
    const after: Stream = {
      ...before,
      description: wanted.description ?? (isMerge ? before.description : undefined),
      eventsRequested: requested,
      eventsDelivered: knownTypes(requested),
      delivery: changeDelivery(deps, context, { before, wanted: wanted.delivery, isMerge }),
    }
    await tx.later(updateStreamRow(after, context.clock.now()))
    if (after.delivery.method === 'push') {
      await enqueuePush(deps, tx, { tenantId: context.tenant.id, streamId: after.id })
    }
    await record(tx, context, {
      action: 'signal_stream.updated',
      outcome: 'success',
      target: { kind: 'signal_stream', id: after.id },
      details: { client: after.clientId, ...whatItIs(after) },
    })
    return after
  })
}

/** SSF §8.1.1.3: such a member may be sent back, as it was read. */
function checkSupplied(
  { tenant }: RequestContext,
  stream: Stream,
  supplied: TransmitterSupplied,
): void {
  const expected: Required<TransmitterSupplied> = {
    iss: tenant.issuer,
    aud: stream.clientId,
    events_supported: EVENTS_SUPPORTED,
    events_delivered: stream.eventsDelivered.map(uriOf),
    min_verification_interval: toSeconds(VERIFICATION_INTERVAL),
    endpoint_url: pollAddressOf(tenant.issuer, stream),
  }
  const names = Object.keys(expected) as (keyof TransmitterSupplied)[]
  const isAsRead = names.every(
    (name) => supplied[name] === undefined || isSame(supplied[name], expected[name]),
  )
  if (!isAsRead) throw sharedSignalErrors.signal_stream_mismatch()
}

function isSame(given: unknown, expected: unknown): boolean {
  return JSON.stringify(given) === JSON.stringify(expected)
}

/** Where the receiver fetches events from (RFC 8936). */
export function pollAddressOf(issuer: string, { id }: Pick<Stream, 'id'>): string {
  return `${issuer}/ssf/streams/${id}/poll`
}

interface DeliveryChange {
  readonly before: Stream
  readonly wanted: WantedDelivery | undefined
  readonly isMerge: boolean
}

/**
 * Nobody can read an authorization header back, so a merge that names the same address keeps it.
 * Attack: with another address the header would go to whoever changed it; there it is dropped.
 */
function changeDelivery(
  deps: SharedSignalDependencies,
  { tenant }: RequestContext,
  { before, wanted, isMerge }: DeliveryChange,
): Delivery {
  const known = before.delivery
  if (wanted === undefined) return isMerge ? known : { method: 'poll' }
  const isKept =
    isMerge &&
    wanted.method === 'push' &&
    wanted.authorization === undefined &&
    known.method === 'push' &&
    known.endpointUrl === wanted.endpointUrl
  if (isKept) return known
  return toDelivery(deps, { tenantId: tenant.id, streamId: before.id }, wanted)
}
