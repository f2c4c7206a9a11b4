import type { RequestContext } from '../../../kernel/index.ts'
import { record } from '../../audit/index.ts'
import type { StoredKey } from '../model.ts'
import { listPublishedKeys, lockKeys } from '../store.ts'
import { completeKeyRing, makeSpareKeys } from './complete-key-ring.ts'
import type { KeyServices } from './key-services.ts'

/**
 * Makes the first two keys of a tenant: one signs at once, since no token was signed before it.
 * Of parallel callers, on any node, one makes them; the others read what it made.
 */
export function createFirstKeys(
  { database, sealer }: KeyServices,
  context: RequestContext,
): Promise<StoredKey[]> {
  const spares = makeSpareKeys(sealer, context.tenant.id)
  return database.withTenant(context.tenant.id, async (tx) => {
    await lockKeys(tx)
    const existing = await listPublishedKeys(tx)
    if (existing.some((key) => key.status === 'active')) return existing
    await completeKeyRing(tx, spares, context.clock.now())
    const keys = await listPublishedKeys(tx)
    await record(tx, context, {
      action: 'signing_key.created',
      outcome: 'success',
      details: { key_ids: keys.map((key) => key.id) },
    })
    return keys
  })
}
