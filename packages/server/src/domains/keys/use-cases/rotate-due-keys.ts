import {
  addDuration,
  type Duration,
  type KeyId,
  type RequestContext,
} from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import type { SigningKey } from '../model.ts'
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

export interface DueRotation {
  readonly rotated: boolean
  /** Keys that are no longer published, because their last token has expired. */
  readonly removed: readonly KeyId[]
}

/**
 * One step of the rotation job, for one tenant. Safe to run at any time and on several nodes at
 * once: what is due is decided again under the lock.
 */
export async function rotateDueKeys(
  { database, sealer }: KeyServices,
  context: RequestContext,
): Promise<DueRotation> {
  const { tenant, clock } = context
  const [rows] = await database.tenantBatch(tenant.id, [selectPublishedKeys()])
  const published = rows.map(toStoredKey)
  if (!isRotationDue(published, clock.now()) && !hasExpired(published, clock.now())) return NOTHING
  const spares = makeSpareKeys(sealer, tenant.id)
  return database.withTenant(tenant.id, async (tx) => {
    await lockKeys(tx)
    const removed = await removeExpiredKeys(tx, context)
    const keys = await listPublishedKeys(tx)
    const rotated = isRotationDue(keys, clock.now())
    if (rotated) await rotateLocked(tx, context, { keys, spares, forced: false })
    return { rotated, removed }
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

function isRotationDue(keys: readonly SigningKey[], now: Date): boolean {
  const active = keys.find((key) => key.status === 'active')
  const next = keys.find((key) => key.status === 'next')
  if (active?.activatedAt === undefined) return false
  return addDuration(active.activatedAt, ROTATION_AGE) <= now && isPublishedAhead(next, now)
}

function hasExpired(keys: readonly SigningKey[], now: Date): boolean {
  const retiredBy = before(now, RETIRING_LIFETIME)
  return keys.some((key) => key.retiredAt !== undefined && key.retiredAt <= retiredBy)
}

function before(date: Date, duration: Duration): Date {
  return new Date(date.getTime() - duration.milliseconds)
}

const NOTHING: DueRotation = { rotated: false, removed: [] }
