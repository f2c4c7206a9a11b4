import type { KeyId, RequestContext } from '../../../kernel/index.ts'
import { record } from '../../audit/index.ts'
import { keyErrors } from '../errors.ts'
import type { SigningKey } from '../model.ts'
import { findKey, lockKeys, revokeKeyRow } from '../store.ts'
import { completeKeyRing, makeSpareKeys } from './complete-key-ring.ts'
import type { KeyServices } from './key-services.ts'

/**
 * Emergency: the key is no longer published and its private half is erased. If it signed, the one
 * that waits signs from now on, however new it is: late verifiers are the smaller harm.
 * @throws signing_key_not_found, signing_key_not_in_use
 */
export function revokeKey(
  { database, sealer }: KeyServices,
  context: RequestContext,
  id: KeyId,
): Promise<SigningKey> {
  const spares = makeSpareKeys(sealer, context.tenant.id)
  return database.withTenant(context.tenant.id, async (tx) => {
    await lockKeys(tx)
    const before = await findKey(tx, id)
    if (before === undefined) throw keyErrors.signing_key_not_found()
    const revoked = await revokeKeyRow(tx, id, context.clock.now())
    if (revoked === undefined) throw keyErrors.signing_key_not_in_use()
    await completeKeyRing(tx, spares, context.clock.now())
    await record(tx, context, {
      action: 'signing_key.revoked',
      outcome: 'success',
      target: { kind: 'signing_key', id },
      details: { status_before: before.status },
    })
    return revoked
  })
}
