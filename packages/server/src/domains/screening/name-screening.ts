import { type RequestContext, seconds, type UserId } from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { record } from '../audit/index.ts'
import { identityErrors, type NameHits, type NameScreeningPort } from '../identity/index.ts'
import { addHits, hasOpenHit, insertHits } from './hit-store.ts'
import type { ScreeningPort } from './ports.ts'

/**
 * What identity asks of this domain.
 * INVARIANT I8: where a tenant wants names screened and nobody can do it, no name is accepted.
 */
export function createNameScreening(list: ScreeningPort | undefined): NameScreeningPort {
  return {
    screen: async (context, name) => {
      const mode = context.tenant.policy.sanctionsScreening
      if (mode === 'off') return undefined
      if (list === undefined) {
        throw identityErrors.name_screening_unavailable({ retryAfter: seconds(60) })
      }
      const entries = (await list.find(name)).map(({ entryId }) => entryId)
      return entries.length === 0 ? undefined : { entries, suspends: mode === 'refuse' }
    },
    keepForNew: async (tx, context, userId, { entries }) => {
      await tx.later(insertHits({ userId, entries, now: context.clock.now() }))
      await recordFound(tx, context, userId, entries)
    },
    keep: async (tx, context, userId, { entries }: NameHits) => {
      const { added, isOpen } = await addHits(tx, { userId, entries, now: context.clock.now() })
      if (added.length > 0) await recordFound(tx, context, userId, added)
      return isOpen
    },
    holds: async (tx, { tenant }, userId) =>
      tenant.policy.sanctionsScreening === 'refuse' && hasOpenHit(tx, userId),
  }
}

/** Without the name, and the ids of the first entries only: the hits have them all. */
function recordFound(
  tx: Tx,
  context: RequestContext,
  userId: UserId,
  entries: readonly string[],
): Promise<void> {
  return record(tx, context, {
    action: 'screening_hit.found',
    outcome: 'success',
    target: { kind: 'user', id: userId },
    details: { entries: entries.slice(0, ENTRIES_IN_TRAIL), count: entries.length },
  })
}

const ENTRIES_IN_TRAIL = 20
