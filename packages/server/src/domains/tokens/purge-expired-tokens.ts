import type { RequestContext } from '../../kernel/index.ts'
import type { Database } from '../../platform/db/index.ts'
import { CLOCK_TOLERANCE } from './model.ts'
import { clearSealedSuccessors, deleteExpiredTokens } from './store.ts'

/**
 * Consumed tokens stay until they expire: without them their reuse could not be told from a
 * guess. Only then are they deleted, a bounded number at a time so that locks stay short.
 */
export async function purgeExpiredTokens(
  database: Database,
  context: RequestContext,
): Promise<number> {
  const now = context.clock.now()
  const tolerated = context.tenant.policy.refreshGrace.milliseconds + CLOCK_TOLERANCE.milliseconds
  const graceOver = new Date(now.getTime() - tolerated)
  await database.tenantBatch(context.tenant.id, [clearSealedSuccessors(graceOver)])
  let deleted = 0
  for (;;) {
    const [rows] = await database.tenantBatch(context.tenant.id, [
      deleteExpiredTokens(now, ROWS_AT_A_TIME),
    ])
    deleted += rows.length
    if (rows.length < ROWS_AT_A_TIME) return deleted
  }
}

const ROWS_AT_A_TIME = 1_000
