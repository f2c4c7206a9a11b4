import {
  DEFAULT_SIGNING_ALGORITHM,
  offeredAlgorithms,
  offersAlgorithm,
  type RequestContext,
} from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import { keyIn, type SigningKey, type StoredKey } from '../model.ts'
import {
  listPublishedKeys,
  lockKeys,
  removeNextKey,
  retireKey,
  selectPublishedKeys,
  toStoredKey,
} from '../store.ts'
import { createFirstKeys } from './create-first-keys.ts'
import type { KeyServices } from './key-services.ts'

/**
 * What follows from the algorithms that the tenant chose: keys of new ones are made and published
 * before a client asks for them, and those of others sign no more. Safe to run at any time.
 */
export async function settleKeys(services: KeyServices, context: RequestContext): Promise<void> {
  const published = await createMissingKeys(services, context)
  if (!published.some((key) => mustRetire(context, key))) return
  await services.database.withTenant(context.tenant.id, async (tx) => {
    await lockKeys(tx)
    await retireUnoffered(tx, context, await listPublishedKeys(tx))
  })
}

/** Makes the keys of chosen algorithms that have none, on whatever node that is noticed first. */
export async function createMissingKeys(
  services: KeyServices,
  context: RequestContext,
): Promise<readonly StoredKey[]> {
  const { tenant } = context
  const [rows] = await services.database.tenantBatch(tenant.id, [selectPublishedKeys()])
  const published = rows.map(toStoredKey)
  const missing = offeredAlgorithms(tenant.policy).filter(
    (algorithm) =>
      algorithm !== DEFAULT_SIGNING_ALGORITHM &&
      keyIn(published, algorithm, 'active') === undefined,
  )
  return missing.length === 0 ? published : createFirstKeys(services, context, missing)
}

export function mustRetire(
  { tenant }: Pick<RequestContext, 'tenant'>,
  { status, algorithm }: SigningKey,
): boolean {
  return (status === 'active' || status === 'next') && !offersAlgorithm(tenant.policy, algorithm)
}

/**
 * I10: what such a key has signed stays verifiable until it expires. Call it under `lockKeys` only,
 * with the keys as they were read under it.
 */
export async function retireUnoffered(
  tx: Tx,
  context: RequestContext,
  keys: readonly SigningKey[],
): Promise<void> {
  const now = context.clock.now()
  for (const key of keys.filter((one) => mustRetire(context, one))) {
    if (key.status === 'active') await retireKey(tx, key.id, now)
    else await removeNextKey(tx, key.id, now)
    await record(tx, context, {
      action: 'signing_key.retired',
      outcome: 'success',
      target: { kind: 'signing_key', id: key.id },
      details: { algorithm: key.algorithm, status_before: key.status },
    })
  }
}
