import type { TenantId } from '../../kernel/index.ts'
import type { Database } from '../db/index.ts'
import { purgeRequests } from './store.ts'

/** Deletes the keys that are a day old, with the answers that they stood for. */
export async function purgeIdempotentRequests(
  database: Database,
  tenant: TenantId,
  now: Date,
): Promise<void> {
  await database.tenantBatch(tenant, [purgeRequests(now)])
}
