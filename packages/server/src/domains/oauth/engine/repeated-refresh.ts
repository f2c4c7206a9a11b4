import type { Database } from '../../../platform/db/index.ts'
import { PROFILE_RULES } from '../clients/profiles.ts'
import { hashRecordId } from './record-payload.ts'
import { findRecord, type RecordRow } from './record-store.ts'
import { openSuccessor } from './refresh-successor.ts'
import type { RepeatedRefresh, RequestScope } from './request-scope.ts'

/**
 * Two tabs, or an answer that got lost: the immediate parent gets the same successor again for a
 * few seconds. Afterwards a second use is theft or looks like it, and ends the grant.
 *
 * SECURITY: a clock that steps back must not open the grace again, so a use that lies in the future
 * by more than the tolerance is outside. A grace of 0 means never.
 */
export function findRepeatedRefresh(
  { context, clients }: RequestScope,
  presented: string,
  { consumed_at: consumedAt, successor_sealed: sealed }: RecordRow,
): RepeatedRefresh | undefined {
  const grace = context.tenant.policy.refreshGrace.milliseconds
  if (consumedAt === null || sealed === null || grace <= 0) return undefined
  const isStrict = [...clients.values()].some(
    ({ profile }) => !PROFILE_RULES[profile].rotatesRefreshTokens,
  )
  const elapsed = context.clock.now().getTime() - consumedAt.getTime()
  if (isStrict || elapsed >= grace || elapsed < -CLOCK_TOLERANCE_MILLISECONDS) return undefined
  return { presented, successor: openSuccessor(context.tenant.id, presented, sealed) }
}

/**
 * SECURITY: nobody who got the successor's successor needs the parent again, so whoever presents it
 * then has a copy: that is reuse, also within the grace (RFC 9700 §4.14.2).
 */
export async function isSuccessorUnused(
  database: Database,
  { context }: RequestScope,
  { successor }: RepeatedRefresh,
): Promise<boolean> {
  const idHash = hashRecordId('RefreshToken', successor)
  const [rows] = await database.tenantBatch(context.tenant.id, [
    findRecord('RefreshToken', idHash, context.clock.now()),
  ])
  return rows[0]?.consumed_at === null
}

const CLOCK_TOLERANCE_MILLISECONDS = 5_000
