import { addDuration, fromUuid, milliseconds, type RequestContext } from '../../../kernel/index.ts'
import { listDueStreams, listOverdueStreams } from '../claim-store.ts'
import type { SharedSignalDependencies } from '../dependencies.ts'
import { MAX_PENDING, RETENTION } from '../policy.ts'
import { deleteAllSignals } from '../signal-store.ts'
import { lockStream } from '../stream-store.ts'
import { changeStatusWithin } from './change-status.ts'
import { enqueuePush } from './enqueue-push.ts'

/**
 * Disables streams that hold too much, or for too long: events are never dropped in silence. And
 * sees to it that what waits is pushed, should its job have been lost. For each tenant, every minutes.
 */
export async function tidyStreams(
  deps: SharedSignalDependencies,
  context: RequestContext,
): Promise<void> {
  const { tenant, clock } = context
  const before = addDuration(clock.now(), milliseconds(-RETENTION.milliseconds))
  const [overdue, due] = await deps.database.tenantBatch(tenant.id, [
    listOverdueStreams(before, MAX_PENDING),
    listDueStreams(clock.now()),
  ])
  for (const { id, reason } of overdue) {
    await deps.database.withTenant(tenant.id, async (tx) => {
      const stream = await lockStream(tx, fromUuid('stm', id), undefined)
      if (stream === undefined) return
      if (stream.status === 'disabled') return tx.later(deleteAllSignals(stream.id))
      const change = { status: 'disabled', by: 'transmitter', reason } as const
      await changeStatusWithin(deps, tx, context, { stream, ...change })
    })
  }
  if (due.length === 0) return
  await deps.database.withTenant(tenant.id, async (tx) => {
    for (const { id } of due)
      await enqueuePush(deps, tx, { tenantId: tenant.id, streamId: fromUuid('stm', id) })
  })
}
