import type { ClientContext, RequestContext } from '../../../kernel/index.ts'
import type { Database, Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import { sharedSignalErrors } from '../errors.ts'
import { isLocked, type Stream, type StreamId } from '../model.ts'
import { deleteStreamRow, lockStream } from '../stream-store.ts'
import { lockOwnStream } from './own-stream.ts'

/** With all that waits on it. @throws signal_stream_not_found, signal_stream_locked @see SSF §8.1.1.5 */
export function deleteOwnStream(
  database: Database,
  context: ClientContext,
  streamId: string,
): Promise<void> {
  return database.withTenant(context.tenant.id, async (tx) => {
    const stream = await lockOwnStream(tx, context.client.id, streamId)
    // Gone, it would not keep the client from creating it again.
    if (isLocked(stream)) throw sharedSignalErrors.signal_stream_locked()
    await deleteWithin(tx, context, stream)
  })
}

/** For administrators. @throws signal_stream_not_found */
export function deleteStream(
  database: Database,
  context: RequestContext,
  id: StreamId,
): Promise<void> {
  return database.withTenant(context.tenant.id, async (tx) => {
    const stream = await lockStream(tx, id, undefined)
    if (stream === undefined) throw sharedSignalErrors.signal_stream_not_found()
    await deleteWithin(tx, context, stream)
  })
}

async function deleteWithin(tx: Tx, context: RequestContext, stream: Stream): Promise<void> {
  await tx.later(deleteStreamRow(stream.id))
  await record(tx, context, {
    action: 'signal_stream.deleted',
    outcome: 'success',
    target: { kind: 'signal_stream', id: stream.id },
    details: { client: stream.clientId },
  })
}
