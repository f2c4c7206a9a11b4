import { type Duration, toUuid } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { SharedSignalDependencies } from '../dependencies.ts'
import type { StreamRef } from '../model.ts'
import { PUSH_QUEUE } from '../policy.ts'

/** Has what waits on the stream pushed, after the transaction. The database writes the same jobs. */
export function enqueuePush(
  { jobs }: Pick<SharedSignalDependencies, 'jobs'>,
  tx: Tx,
  { tenantId, streamId }: StreamRef,
  delay?: Duration,
): Promise<void> {
  const data = { tenant: toUuid(tenantId), stream: toUuid(streamId) }
  const group = data.tenant
  return jobs.enqueue(tx, PUSH_QUEUE, data, delay === undefined ? { group } : { group, delay })
}
