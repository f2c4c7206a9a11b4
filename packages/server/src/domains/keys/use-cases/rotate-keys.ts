import {
  addDuration,
  offeredAlgorithms,
  offersAlgorithm,
  type RequestContext,
} from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import { keyErrors } from '../errors.ts'
import { type KeyAlgorithm, keyIn, type SigningKey, type StoredKey } from '../model.ts'
import { PUBLISH_AHEAD } from '../policy.ts'
import {
  listPublishedKeys,
  lockKeys,
  retireKey,
  selectPublishedKeys,
  toStoredKey,
} from '../store.ts'
import { completeKeyRing, makeSpareKeys, type SpareKeys } from './complete-key-ring.ts'
import type { KeyServices } from './key-services.ts'

export interface RotateOptions {
  /**
   * Rotates even if the next key was published only just now. WARNING: verifiers that have not
   * seen it refuse new tokens until they fetch the keys again.
   */
  readonly force?: boolean | undefined
  /** Default: the keys of every algorithm that the tenant signs with. */
  readonly algorithm?: KeyAlgorithm | undefined
}

/**
 * next → active, active → retiring, and a new key waits. Of parallel callers without `force` one
 * rotates; the others are refused, because the key that waits then is new. All of the algorithms
 * rotate, or none.
 * @throws signing_key_too_new, signing_algorithm_not_offered
 */
export async function rotateKeys(
  { database, sealer }: KeyServices,
  context: RequestContext,
  { force = false, algorithm }: RotateOptions,
): Promise<readonly SigningKey[]> {
  const { tenant, clock } = context
  const algorithms = whichOf(context, algorithm)
  if (!force) {
    // Before anything is generated, which for RSA is work that a refused caller should not cause.
    const [rows] = await database.tenantBatch(tenant.id, [selectPublishedKeys()])
    checkPublishedAhead(rows.map(toStoredKey), algorithms, clock.now())
  }
  const spares = await makeSpareKeys(sealer, tenant.id, algorithms)
  return database.withTenant(tenant.id, async (tx) => {
    await lockKeys(tx)
    const keys = await listPublishedKeys(tx)
    if (!force) checkPublishedAhead(keys, algorithms, clock.now())
    for (const spare of spares) {
      await rotateLocked(tx, context, { keys, spares: spare, forced: force })
    }
    return listPublishedKeys(tx)
  })
}

/** Call it under `lockKeys` only, with the keys as they were read under it. */
export async function rotateLocked(
  tx: Tx,
  context: RequestContext,
  plan: {
    readonly keys: readonly StoredKey[]
    readonly spares: SpareKeys
    readonly forced: boolean
  },
): Promise<void> {
  const now = context.clock.now()
  const { algorithm } = plan.spares
  const before = keyIn(plan.keys, algorithm, 'active')
  if (before !== undefined) await retireKey(tx, before.id, now)
  await completeKeyRing(tx, plan.spares, now)
  const active = keyIn(await listPublishedKeys(tx), algorithm, 'active')
  await record(tx, context, {
    action: 'signing_key.rotated',
    outcome: 'success',
    ...(active === undefined ? {} : { target: { kind: 'signing_key', id: active.id } }),
    details: {
      algorithm,
      ...(before === undefined ? {} : { retired: before.id }),
      forced: plan.forced,
    },
  })
}

/** True if every verifier has had the time to see the key that waits. */
export function isPublishedAhead(next: SigningKey | undefined, now: Date): boolean {
  return next === undefined || addDuration(next.createdAt, PUBLISH_AHEAD) <= now
}

function whichOf(
  { tenant }: RequestContext,
  algorithm: KeyAlgorithm | undefined,
): readonly KeyAlgorithm[] {
  if (algorithm === undefined) return offeredAlgorithms(tenant.policy)
  if (offersAlgorithm(tenant.policy, algorithm)) return [algorithm]
  throw keyErrors.signing_algorithm_not_offered()
}

function checkPublishedAhead(
  keys: readonly StoredKey[],
  algorithms: readonly KeyAlgorithm[],
  now: Date,
): void {
  const waits = algorithms.flatMap((algorithm) => {
    const next = keyIn(keys, algorithm, 'next')
    if (next === undefined || isPublishedAhead(next, now)) return []
    return [addDuration(next.createdAt, PUBLISH_AHEAD).getTime() - now.getTime()]
  })
  if (waits.length === 0) return
  throw keyErrors.signing_key_too_new({ retryAfter: { milliseconds: Math.max(...waits) } })
}
