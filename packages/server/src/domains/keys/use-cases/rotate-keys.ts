import { addDuration, type RequestContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import { keyErrors } from '../errors.ts'
import type { SigningKey, StoredKey } from '../model.ts'
import { PUBLISH_AHEAD } from '../policy.ts'
import { listPublishedKeys, lockKeys, retireKey } from '../store.ts'
import { completeKeyRing, makeSpareKeys, type SpareKeys } from './complete-key-ring.ts'
import type { KeyServices } from './key-services.ts'

export interface RotateOptions {
  /**
   * Rotates even if the next key was published only just now. WARNING: verifiers that have not
   * seen it refuse new tokens until they fetch the keys again.
   */
  readonly force?: boolean | undefined
}

/**
 * next → active, active → retiring, and a new key waits. Of parallel callers without `force` one
 * rotates; the others are refused, because the key that waits then is new.
 * @throws signing_key_too_new
 */
export function rotateKeys(
  { database, sealer }: KeyServices,
  context: RequestContext,
  options: RotateOptions,
): Promise<readonly SigningKey[]> {
  const spares = makeSpareKeys(sealer, context.tenant.id)
  return database.withTenant(context.tenant.id, async (tx) => {
    await lockKeys(tx)
    const keys = await listPublishedKeys(tx)
    if (options.force !== true) checkPublishedAhead(keys, context.clock.now())
    return rotateLocked(tx, context, { keys, spares, forced: options.force === true })
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
): Promise<readonly SigningKey[]> {
  const now = context.clock.now()
  const before = plan.keys.find((key) => key.status === 'active')
  if (before !== undefined) await retireKey(tx, before.id, now)
  await completeKeyRing(tx, plan.spares, now)
  const keys = await listPublishedKeys(tx)
  const active = keys.find((key) => key.status === 'active')
  await record(tx, context, {
    action: 'signing_key.rotated',
    outcome: 'success',
    ...(active === undefined ? {} : { target: { kind: 'signing_key', id: active.id } }),
    details: { ...(before === undefined ? {} : { retired: before.id }), forced: plan.forced },
  })
  return keys
}

/** True if every verifier has had the time to see the key that waits. */
export function isPublishedAhead(next: SigningKey | undefined, now: Date): boolean {
  return next === undefined || addDuration(next.createdAt, PUBLISH_AHEAD) <= now
}

function checkPublishedAhead(keys: readonly StoredKey[], now: Date): void {
  const next = keys.find((key) => key.status === 'next')
  if (next === undefined || isPublishedAhead(next, now)) return
  const readyAt = addDuration(next.createdAt, PUBLISH_AHEAD)
  throw keyErrors.signing_key_too_new({
    retryAfter: { milliseconds: readyAt.getTime() - now.getTime() },
  })
}
