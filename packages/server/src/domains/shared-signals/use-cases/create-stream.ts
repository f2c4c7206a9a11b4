import { type ClientContext, newId, type Secret } from '../../../kernel/index.ts'
import { record } from '../../audit/index.ts'
import type { SharedSignalDependencies } from '../dependencies.ts'
import { sharedSignalErrors } from '../errors.ts'
import { knownTypes } from '../event-types.ts'
import { type Delivery, isLocked, type Stream, type StreamRef } from '../model.ts'
import { MAX_STREAMS_PER_CLIENT } from '../policy.ts'
import { insertStream, listStreamsOf, lockReceiver, toStream } from '../stream-store.ts'
import { sealAuthorization } from './own-stream.ts'

export type WantedDelivery =
  | {
      readonly method: 'push'
      readonly endpointUrl: string
      readonly authorization: Secret<string> | undefined
    }
  | { readonly method: 'poll' }

export interface NewStream {
  readonly delivery: WantedDelivery
  readonly eventsRequested: readonly string[]
  readonly description: string | undefined
}

/** @throws signal_stream_limit, signal_stream_locked @see SSF §8.1.1.1 */
export function createStream(
  deps: SharedSignalDependencies,
  context: ClientContext,
  input: NewStream,
): Promise<Stream> {
  const now = context.clock.now()
  const id = newId('stm')
  const clientId = context.client.id
  const stream: Stream = {
    id,
    clientId,
    description: input.description,
    delivery: toDelivery(deps, { tenantId: context.tenant.id, streamId: id }, input.delivery),
    eventsRequested: input.eventsRequested,
    eventsDelivered: knownTypes(input.eventsRequested),
    status: 'enabled',
    statusBy: 'receiver',
    statusReason: undefined,
    createdAt: now,
  }
  return deps.database.withTenant(context.tenant.id, async (tx) => {
    // Those who create at the same time wait here, so that none of them counts too few.
    await tx.run(lockReceiver(clientId, now))
    const known = (await tx.run(listStreamsOf(clientId))).map(toStream)
    // Attack: what an administrator disabled is created again, to the same address.
    if (known.some(isLocked)) throw sharedSignalErrors.signal_stream_locked()
    if (known.length >= MAX_STREAMS_PER_CLIENT) throw sharedSignalErrors.signal_stream_limit()
    await tx.later(insertStream(stream))
    await record(tx, context, {
      action: 'signal_stream.created',
      outcome: 'success',
      target: { kind: 'signal_stream', id },
      details: { client: clientId, ...whatItIs(stream) },
    })
    return stream
  })
}

export function toDelivery(
  { sealer }: Pick<SharedSignalDependencies, 'sealer'>,
  ref: StreamRef,
  wanted: WantedDelivery,
): Delivery {
  if (wanted.method === 'poll') return { method: 'poll' }
  const { endpointUrl, authorization } = wanted
  const target = { ...ref, endpointUrl }
  const sealed =
    authorization === undefined ? undefined : sealAuthorization(sealer, target, authorization)
  return { method: 'push', endpointUrl, sealed }
}

/** For the audit trail: the host only, because paths can be secret. */
export function whatItIs({ delivery, eventsDelivered }: Stream) {
  const host = delivery.method === 'push' ? { host: new URL(delivery.endpointUrl).host } : {}
  return { method: delivery.method, ...host, events: eventsDelivered }
}
