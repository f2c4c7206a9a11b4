import type { TenantId } from '../../../kernel/index.ts'
import type { Sealer } from '../../../platform/crypto/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { generateKey, type NewKey } from '../key-material.ts'
import { insertActiveKey, insertNextKey, promoteNextKey } from '../store.ts'

/** Key pairs for a transaction, made before it begins: generating takes time. */
export interface SpareKeys {
  readonly active: NewKey
  readonly next: NewKey
}

export function makeSpareKeys(sealer: Sealer, tenant: TenantId): SpareKeys {
  // `next` is made last: ids sort by the time they were made.
  return { active: generateKey(sealer, tenant), next: generateKey(sealer, tenant) }
}

/**
 * INVARIANT: when a transaction that touched the keys of a tenant commits, one key is active and
 * one waits. Every such transaction ends with this; what is in place already stays.
 */
export async function completeKeyRing(tx: Tx, spares: SpareKeys, now: Date): Promise<void> {
  const promoted = await promoteNextKey(tx, now)
  if (promoted === undefined) await insertActiveKey(tx, spares.active, now)
  await insertNextKey(tx, spares.next, now)
}
