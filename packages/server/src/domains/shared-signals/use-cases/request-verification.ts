import { type ClientContext, milliseconds, addDuration, toUuid } from '../../../kernel/index.ts'
import { type Statement, sql } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import type { SharedSignalDependencies } from '../dependencies.ts'
import { sharedSignalErrors } from '../errors.ts'
import type { StreamId } from '../model.ts'
import { VERIFICATION_INTERVAL } from '../policy.ts'
import { insertStreamSignal } from '../signal-store.ts'
import { enqueuePush } from './enqueue-push.ts'
import { lockOwnStream } from './own-stream.ts'

/**
 * @throws signal_stream_not_found, signal_stream_not_enabled, signal_verification_too_often
 * @see SSF §8.1.4.2
 */
export function requestVerification(
  deps: SharedSignalDependencies,
  context: ClientContext,
  { streamId, state }: { readonly streamId: string; readonly state: string | undefined },
): Promise<void> {
  return deps.database.withTenant(context.tenant.id, async (tx) => {
    const now = context.clock.now()
    const stream = await lockOwnStream(tx, context.client.id, streamId)
    if (stream.status !== 'enabled') throw sharedSignalErrors.signal_stream_not_enabled()
    if ((await tx.first(claimVerification(stream.id, now))) === undefined) {
      throw sharedSignalErrors.signal_verification_too_often({ retryAfter: VERIFICATION_INTERVAL })
    }
    const { requestId } = context
    const facts = state === undefined ? {} : { state }
    await tx.later(
      insertStreamSignal(stream.id, { type: 'ssf/verification', facts, requestId, now }),
    )
    if (stream.delivery.method === 'push')
      await enqueuePush(deps, tx, { tenantId: context.tenant.id, streamId: stream.id })
    await record(tx, context, {
      action: 'signal_stream.verification_requested',
      outcome: 'success',
      target: { kind: 'signal_stream', id: stream.id },
      details: { client: stream.clientId },
    })
  })
}

function claimVerification(id: StreamId, now: Date): Statement<{ id: string }> {
  const before = addDuration(now, milliseconds(-VERIFICATION_INTERVAL.milliseconds))
  return sql<{ id: string }>`
    UPDATE signal_streams SET verification_asked_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND (verification_asked_at IS NULL OR verification_asked_at <= ${before})
    RETURNING id`
}
