import type { TenantId } from '../../../kernel/index.ts'
import type { Sealer } from '../../../platform/crypto/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { generateKey, type NewKey } from '../key-material.ts'
import type { KeyAlgorithm } from '../model.ts'
import { insertActiveKey, insertNextKey, promoteNextKey } from '../store.ts'

/** Key pairs for a transaction, made before it begins: generating takes time. */
export interface SpareKeys {
  readonly algorithm: KeyAlgorithm
  readonly active: NewKey
  readonly next: NewKey
}

/** One after the other, so that signatures of requests find a free thread meanwhile. */
export async function makeSpareKeys(
  sealer: Sealer,
  tenant: TenantId,
  algorithms: readonly KeyAlgorithm[],
): Promise<readonly SpareKeys[]> {
  const spares: SpareKeys[] = []
  for (const algorithm of algorithms) {
    // `next` is made last: ids sort by the time they were made.
    const active = await generateKey(sealer, tenant, algorithm)
    spares.push({ algorithm, active, next: await generateKey(sealer, tenant, algorithm) })
  }
  return spares
}

/**
 * INVARIANT: when a transaction that touched the keys of an algorithm commits, one key is active
 * and one waits. Every such transaction ends with this; what is in place already stays.
 */
export async function completeKeyRing(tx: Tx, spares: SpareKeys, now: Date): Promise<void> {
  const promoted = await promoteNextKey(tx, spares.algorithm, now)
  if (promoted === undefined) await insertActiveKey(tx, spares.active, now)
  await insertNextKey(tx, spares.next, now)
}
