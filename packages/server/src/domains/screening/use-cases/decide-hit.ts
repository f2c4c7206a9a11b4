import type { RequestContext } from '../../../kernel/index.ts'
import { type Tx } from '../../../platform/db/index.ts'
import { administerUser } from '../../access/index.ts'
import { record } from '../../audit/index.ts'
import { checkNotOwnAccount } from '../../identity/index.ts'
import type { ScreeningDependencies } from '../dependencies.ts'
import { screeningErrors } from '../errors.ts'
import { decideHit as decideHitRow, hasOpenHit, selectHit, toHit } from '../hit-store.ts'
import type { HitId, ScreeningHit } from '../model.ts'

export interface Decision {
  readonly status: 'cleared' | 'confirmed'
  readonly reason: string
}

/**
 * Decides once. Confirming suspends the user and ends all sessions; clearing the last open hit resumes
 * a user whom only the screening had suspended. Nobody decides about themselves.
 * @throws screening_hit_not_found, screening_hit_decided, own_account, user_exceeds_own_permissions
 */
export async function decideHit(
  deps: ScreeningDependencies,
  context: RequestContext,
  id: HitId,
  decision: Decision,
): Promise<ScreeningHit> {
  const [[row]] = await deps.database.tenantBatch(context.tenant.id, [selectHit(id)])
  if (row === undefined) throw screeningErrors.screening_hit_not_found()
  const { userId } = toHit(row)
  checkNotOwnAccount(context, userId)
  // The user is locked in it: of two last hits that are cleared at once, the second resumes.
  return administerUser(deps.database, context, userId, async (tx) => {
    const hit = await claim(tx, context, id, decision)
    if (decision.status === 'confirmed') await deps.identity.suspendWithin(tx, context, userId)
    else if (!(await hasOpenHit(tx, userId))) {
      await deps.identity.releaseWithin(tx, context, userId)
    }
    return hit
  })
}

async function claim(
  tx: Tx,
  context: RequestContext,
  id: HitId,
  { status, reason }: Decision,
): Promise<ScreeningHit> {
  const by = context.principal?.userId
  const hit = await decideHitRow(tx, id, { status, reason, by, now: context.clock.now() })
  if (hit === undefined) {
    const isThere = (await tx.first(selectHit(id))) !== undefined
    throw isThere
      ? screeningErrors.screening_hit_decided()
      : screeningErrors.screening_hit_not_found()
  }
  await record(tx, context, {
    action: `screening_hit.${status}`,
    outcome: 'success',
    target: { kind: 'user', id: hit.userId },
    details: { hit: hit.id, entry: hit.entryId },
  })
  return hit
}
