import type { RequestContext } from '../../../kernel/index.ts'
import { record } from '../../audit/index.ts'
import { type KeyAlgorithm, keyIn, type StoredKey } from '../model.ts'
import { listPublishedKeys, lockKeys } from '../store.ts'
import { completeKeyRing, makeSpareKeys } from './complete-key-ring.ts'
import type { KeyServices } from './key-services.ts'

/**
 * Makes the first two keys of each of these algorithms: one signs at once, since no token was signed
 * before it. Of parallel callers, on any node, one makes them; the others read what it made.
 */
export async function createFirstKeys(
  { database, sealer }: KeyServices,
  context: RequestContext,
  algorithms: readonly KeyAlgorithm[],
): Promise<StoredKey[]> {
  const spares = await makeSpareKeys(sealer, context.tenant.id, algorithms)
  return database.withTenant(context.tenant.id, async (tx) => {
    await lockKeys(tx)
    const existing = await listPublishedKeys(tx)
    const missing = spares.filter(
      ({ algorithm }) => keyIn(existing, algorithm, 'active') === undefined,
    )
    if (missing.length === 0) return existing
    for (const spare of missing) await completeKeyRing(tx, spare, context.clock.now())
    const keys = await listPublishedKeys(tx)
    const made = missing.map(({ algorithm }) => algorithm)
    await record(tx, context, {
      action: 'signing_key.created',
      outcome: 'success',
      details: {
        algorithms: made,
        key_ids: keys.filter((key) => made.includes(key.algorithm)).map((key) => key.id),
      },
    })
    return keys
  })
}
