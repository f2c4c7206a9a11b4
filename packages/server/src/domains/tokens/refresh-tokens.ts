import { fromUuid, type RequestContext, type Secret, type TenantId } from '../../kernel/index.ts'
import {
  Coalescer,
  type Database,
  databaseErrors,
  KeyedCoalescer,
} from '../../platform/db/index.ts'
import { recordRefusal } from '../audit/index.ts'
import { judgePresentedToken } from './judge-presented-token.ts'
import type { RotatedToken, RotationOutcome } from './model.ts'
import { purgeExpiredTokens } from './purge-expired-tokens.ts'
import { formatRefreshToken, makeRefreshToken, parseRefreshToken } from './refresh-token-format.ts'
import { retryAfterDeadlock } from './retry-after-deadlock.ts'
import { type RotatedRow, type Rotation, rotateStatement } from './rotate-statement.ts'
import { sealSuccessor } from './sealed-successor.ts'
import { toRefreshedSession } from './store.ts'

export interface RefreshTokens {
  /**
   * Exchanges a refresh token for its successor. Every outcome is committed and recorded in the
   * audit trail before it is returned.
   * @see RFC 9700 §4.14.2
   */
  rotate(context: RequestContext, presented: Secret<string>): Promise<RotationOutcome>
  /**
   * Deletes what expired and forgets sealed successors whose grace has passed.
   * @returns how many tokens were deleted
   */
  purgeExpired(context: RequestContext): Promise<number>
}

export function createRefreshTokens({ database }: { readonly database: Database }): RefreshTokens {
  const limits = { maxBatch: MAX_BATCH, maxInFlight: database.kind === 'embedded' ? 1 : 2 }
  const rotations = new KeyedCoalescer<TenantId, Rotation, RotatedToken | undefined>(
    (tenant) => new Coalescer((batch) => rotateBatch(database, tenant, batch), limits),
  )
  return {
    rotate: async (context, presented) => {
      const parent = parseRefreshToken(presented)
      if (parent === undefined) return refuseMalformed(database, context)
      for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
        const rotation = planRotation(context, parent)
        const rotated = await rotations.submit(context.tenant.id, rotation)
        if (rotated !== undefined) return rotated
        const judged = await judgePresentedToken(database, context, parent)
        if (judged.kind !== 'claimable') return judged
      }
      throw databaseErrors.database_unavailable({ internal: 'session changed at each attempt' })
    },
    purgeExpired: (context) => purgeExpiredTokens(database, context),
  }
}

function planRotation(context: RequestContext, parent: Rotation['parent']): Rotation {
  const successor = makeRefreshToken()
  const hasGrace = context.tenant.policy.refreshGrace.milliseconds > 0
  const sealedSuccessor = hasGrace ? sealSuccessor(context.tenant.id, parent, successor) : undefined
  return { context, parent, successor, sealedSuccessor }
}

/** @returns undefined for each rotation that did not win its token */
async function rotateBatch(
  database: Database,
  tenant: TenantId,
  batch: readonly Rotation[],
): Promise<(RotatedToken | undefined)[]> {
  const [rows] = await retryAfterDeadlock(() =>
    database.tenantBatch(tenant, [rotateStatement(batch)]),
  )
  const winners = new Map(rows.map((row) => [fromUuid('rft', row.successor_id), row]))
  return batch.map((rotation) => toRotatedToken(rotation, winners.get(rotation.successor.id)))
}

function toRotatedToken(rotation: Rotation, row: RotatedRow | undefined) {
  if (row === undefined) return undefined
  return {
    kind: 'rotated',
    refreshToken: formatRefreshToken(rotation.successor),
    expiresAt: row.expires_at,
    session: toRefreshedSession(row),
  } as const
}

async function refuseMalformed(
  database: Database,
  context: RequestContext,
): Promise<RotationOutcome> {
  const details = { reason: 'malformed' }
  await recordRefusal(database, context, { action: 'session.refresh_refused', details })
  return { kind: 'refused', reason: 'unknown' }
}

/** Above this, one statement makes the first of its callers wait longer than it saves the last. */
const MAX_BATCH = 100
/** A session is changed by few and seldom: the second attempt finds it at rest. */
const MAX_ATTEMPTS = 5
