import type { ClientContext, RequestContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import type { SharedSignalDependencies } from '../dependencies.ts'
import { sharedSignalErrors } from '../errors.ts'
import {
  isLocked,
  type StatusAuthor,
  type Stream,
  type StreamId,
  type StreamStatus,
} from '../model.ts'
import { deleteAllSignals, insertStreamSignal } from '../signal-store.ts'
import { lockReceiverOf, lockStream, updateStatus } from '../stream-store.ts'
import { enqueuePush } from './enqueue-push.ts'
import { lockOwnStream } from './own-stream.ts'

export interface StatusChange {
  readonly status: StreamStatus
  readonly reason: string | undefined
}

/** @throws signal_stream_not_found, signal_stream_locked @see SSF §8.1.2.2 */
export function changeOwnStatus(
  deps: SharedSignalDependencies,
  context: ClientContext,
  streamId: string,
  change: StatusChange,
): Promise<Stream> {
  return deps.database.withTenant(context.tenant.id, async (tx) => {
    const stream = await lockOwnStream(tx, context.client.id, streamId)
    if (isLocked(stream)) throw sharedSignalErrors.signal_stream_locked()
    return changeStatusWithin(deps, tx, context, { stream, by: 'receiver', ...change })
  })
}

/** For administrators; the receiver is told. @throws signal_stream_not_found */
export function changeStatus(
  deps: SharedSignalDependencies,
  context: RequestContext,
  id: StreamId,
  change: StatusChange,
): Promise<Stream> {
  return deps.database.withTenant(context.tenant.id, async (tx) => {
    // Attack: a receiver creates streams all the time; one that counted the locked ones before is
    // written after.
    await tx.run(lockReceiverOf(id, context.clock.now()))
    const stream = await lockStream(tx, id, undefined)
    if (stream === undefined) throw sharedSignalErrors.signal_stream_not_found()
    return changeStatusWithin(deps, tx, context, { stream, by: 'administrator', ...change })
  })
}

interface AuthoredChange extends StatusChange {
  readonly stream: Stream
  readonly by: StatusAuthor
}

export async function changeStatusWithin(
  deps: Pick<SharedSignalDependencies, 'jobs'>,
  tx: Tx,
  context: RequestContext,
  { stream, by, status, reason }: AuthoredChange,
): Promise<Stream> {
  const now = context.clock.now()
  await tx.later(updateStatus(stream.id, { status, by, reason, now }))
  // SSF §8.1.2: a stream that is disabled holds nothing for later.
  if (status === 'disabled') await tx.later(deleteAllSignals(stream.id))
  if (by !== 'receiver' && status !== stream.status) {
    const facts = { status, ...(reason === undefined ? {} : { reason }) }
    const signal = { type: 'ssf/stream-updated', facts, requestId: context.requestId, now } as const
    await tx.later(insertStreamSignal(stream.id, signal))
  }
  if (stream.delivery.method === 'push')
    await enqueuePush(deps, tx, { tenantId: context.tenant.id, streamId: stream.id })
  await record(tx, context, {
    action: 'signal_stream.status_changed',
    outcome: 'success',
    target: { kind: 'signal_stream', id: stream.id },
    details: {
      client: stream.clientId,
      status,
      by,
      ...(reason === undefined ? {} : { reason }),
    },
  })
  return { ...stream, status, statusBy: by, statusReason: reason }
}
