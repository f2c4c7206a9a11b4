import {
  addDuration,
  type Duration,
  type KeyId,
  offeredAlgorithms,
  type RequestContext,
} from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import { type KeyAlgorithm, keyIn, type SigningKey } from '../model.ts'
import { RETIRING_LIFETIME, ROTATION_AGE } from '../policy.ts'
import {
  listPublishedKeys,
  lockKeys,
  removeRetiredKeys,
  selectPublishedKeys,
  toStoredKey,
} from '../store.ts'
import { makeSpareKeys } from './complete-key-ring.ts'
import type { KeyServices } from './key-services.ts'
import { isPublishedAhead, rotateLocked } from './rotate-keys.ts'
import { mustRetire, retireUnoffered } from './settle-keys.ts'

export interface DueRotation {
  readonly rotated: boolean
  /** Keys that are no longer published, because their last token has expired. */
  readonly removed: readonly KeyId[]
}

/**
 * One step of the rotation job, for one tenant. Safe to run at any time and on several nodes at
 * once: what is due is decided again under the lock. Each algorithm rotates at its own age; those
 * that the tenant no longer signs with are retired, in case that a node went down before it did so.
 */
export async function rotateDueKeys(
  { database, sealer }: KeyServices,
  context: RequestContext,
): Promise<DueRotation> {
  const { tenant, clock } = context
  const [rows] = await database.tenantBatch(tenant.id, [selectPublishedKeys()])
  const published = rows.map(toStoredKey)
  const due = dueAlgorithms(context, published)
  const mustAct = published.some((key) => mustRetire(context, key) || hasExpired(key, clock.now()))
  if (due.length === 0 && !mustAct) return NOTHING
  const spares = await makeSpareKeys(sealer, tenant.id, due)
  return database.withTenant(tenant.id, async (tx) => {
    await lockKeys(tx)
    const removed = await removeExpiredKeys(tx, context)
    await retireUnoffered(tx, context, await listPublishedKeys(tx))
    const keys = await listPublishedKeys(tx)
    const stillDue = dueAlgorithms(context, keys)
    const rotating = spares.filter(({ algorithm }) => stillDue.includes(algorithm))
    for (const one of rotating) {
      await rotateLocked(tx, context, { keys, spares: one, forced: false })
    }
    return { rotated: rotating.length > 0, removed }
  })
}

async function removeExpiredKeys(tx: Tx, context: RequestContext): Promise<readonly KeyId[]> {
  const now = context.clock.now()
  const removed = await removeRetiredKeys(tx, before(now, RETIRING_LIFETIME), now)
  for (const id of removed) {
    await record(tx, context, {
      action: 'signing_key.removed',
      outcome: 'success',
      target: { kind: 'signing_key', id },
    })
  }
  return removed
}

function dueAlgorithms(
  { tenant, clock }: RequestContext,
  keys: readonly SigningKey[],
): readonly KeyAlgorithm[] {
  return offeredAlgorithms(tenant.policy).filter((one) => isRotationDue(keys, one, clock.now()))
}

function isRotationDue(keys: readonly SigningKey[], algorithm: KeyAlgorithm, now: Date): boolean {
  const active = keyIn(keys, algorithm, 'active')
  if (active?.activatedAt === undefined) return false
  const isOld = addDuration(active.activatedAt, ROTATION_AGE) <= now
  return isOld && isPublishedAhead(keyIn(keys, algorithm, 'next'), now)
}

function hasExpired({ retiredAt }: SigningKey, now: Date): boolean {
  return retiredAt !== undefined && retiredAt <= before(now, RETIRING_LIFETIME)
}

function before(date: Date, duration: Duration): Date {
  return new Date(date.getTime() - duration.milliseconds)
}

const NOTHING: DueRotation = { rotated: false, removed: [] }
