import {
  addDuration,
  type Duration,
  milliseconds,
  type RequestContext,
} from '../../kernel/index.ts'
import type { Database } from '../db/index.ts'
import type { Logger } from '../telemetry/index.ts'
import { SETTLED_LIFETIME, UNDELIVERED_LIFETIME } from './policy.ts'
import { abandonOlderThan, deleteSettledBefore } from './store.ts'

export async function purgeOutbox(
  { database, logger }: { readonly database: Database; readonly logger: Logger },
  { tenant, clock }: RequestContext,
): Promise<void> {
  const now = clock.now()
  const [abandoned] = await database.tenantBatch(tenant.id, [
    abandonOlderThan(before(now, UNDELIVERED_LIFETIME), now),
    deleteSettledBefore(before(now, SETTLED_LIFETIME)),
  ])
  if (abandoned.length === 0) return
  logger.error('mail.abandoned', { tenant: tenant.slug, count: abandoned.length })
}

function before(now: Date, duration: Duration): Date {
  return addDuration(now, milliseconds(-duration.milliseconds))
}
