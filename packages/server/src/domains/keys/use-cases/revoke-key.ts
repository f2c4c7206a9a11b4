import { type KeyId, offersAlgorithm, type RequestContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import { keyErrors } from '../errors.ts'
import type { KeyAlgorithm, SigningKey } from '../model.ts'
import { findKey, lockKeys, revokeKeyRow } from '../store.ts'
import { completeKeyRing, makeSpareKeys } from './complete-key-ring.ts'
import type { KeyServices } from './key-services.ts'

/**
 * Emergency: the key is no longer published and its private half is erased. If it signed, the one
 * of its algorithm that waits signs from now on, however new it is: late verifiers are the smaller
 * harm.
 * @throws signing_key_not_found, signing_key_not_in_use
 */
export async function revokeKey(
  { database, sealer }: KeyServices,
  context: RequestContext,
  id: KeyId,
): Promise<SigningKey> {
  const { tenant } = context
  // A key keeps its algorithm, so what is read here still holds under the lock.
  const found = await database.withTenant(tenant.id, (tx) => getKey(tx, id))
  const spares = await makeSpareKeys(sealer, tenant.id, successorsOf(context, found))
  return database.withTenant(tenant.id, async (tx) => {
    await lockKeys(tx)
    const before = await getKey(tx, id)
    const revoked = await revokeKeyRow(tx, id, context.clock.now())
    if (revoked === undefined) throw keyErrors.signing_key_not_in_use()
    for (const spare of spares) await completeKeyRing(tx, spare, context.clock.now())
    await record(tx, context, {
      action: 'signing_key.revoked',
      outcome: 'success',
      target: { kind: 'signing_key', id },
      details: { algorithm: before.algorithm, status_before: before.status },
    })
    return revoked
  })
}

async function getKey(tx: Tx, id: KeyId): Promise<SigningKey> {
  const key = await findKey(tx, id)
  if (key === undefined) throw keyErrors.signing_key_not_found()
  return key
}

/** None for a key that is out of use, nor for an algorithm that the tenant no longer signs with. */
function successorsOf(
  { tenant }: RequestContext,
  { algorithm, removedAt }: SigningKey,
): readonly KeyAlgorithm[] {
  const isReplaced = removedAt === undefined && offersAlgorithm(tenant.policy, algorithm)
  return isReplaced ? [algorithm] : []
}
