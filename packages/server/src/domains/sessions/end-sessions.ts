import type { RequestContext, SessionId, UserContext, UserId } from '../../kernel/index.ts'
import type { Database, Tx } from '../../platform/db/index.ts'
import { accessErrors, administerUser } from '../access/index.ts'
import { record, recordRefusal } from '../audit/index.ts'
import { retryAfterDeadlock } from '../tokens/index.ts'
import { sessionErrors } from './errors.ts'
import type { EndReason } from './model.ts'
import { type EndResult, endSession, endSessionsOfUser, findUserStatement } from './store.ts'

/**
 * Ends one session of the signed-in user. Ending it twice is no error and one event.
 * @throws session_not_found for another user's session and for one that does not exist, alike
 */
export async function endOwnSession(
  database: Database,
  context: UserContext,
  id: SessionId,
): Promise<void> {
  const result = await endOne(database, context, id, 'ended_by_user')
  if (result !== 'missing') return
  const target = { kind: 'session', id }
  await recordRefusal(database, context, { action: 'session.end_refused', target })
  throw sessionErrors.session_not_found()
}

/** Signs out. A session that went away in the meantime is as good as ended. */
export async function endCurrentSession(database: Database, context: UserContext): Promise<void> {
  await endOne(database, context, context.principal.sessionId, 'signed_out')
}

function endOne(
  database: Database,
  context: UserContext,
  id: SessionId,
  reason: EndReason,
): Promise<EndResult> {
  const ending = { userId: context.principal.userId, at: context.clock.now(), reason }
  return database.withTenant(context.tenant.id, async (tx) => {
    const result = await endSession(tx, id, ending)
    if (result !== 'ended') return result
    await record(tx, context, {
      action: 'session.ended',
      outcome: 'success',
      target: { kind: 'session', id },
      details: { reason },
    })
    return result
  })
}

export interface EndingOfMany {
  readonly userId: UserId
  readonly reason: EndReason
  readonly keep?: SessionId | undefined
}

/** What a person asked for is recorded even if there was nothing to end. */
export async function endSessionsOnRequest(
  database: Database,
  context: UserContext,
  ending: EndingOfMany,
): Promise<void> {
  await retryAfterDeadlock(() =>
    administerUser(database, context, ending.userId, async (tx) => {
      await recordEnded(tx, context, ending, await endMany(tx, context, ending))
    }),
  )
}

/** @throws user_not_found, user_exceeds_own_permissions */
export async function endSessionsOfOther(
  database: Database,
  context: UserContext,
  userId: UserId,
): Promise<void> {
  const [known] = await database.tenantBatch(context.tenant.id, [findUserStatement(userId)])
  if (known.length === 0) throw accessErrors.user_not_found()
  await endSessionsOnRequest(database, context, { userId, reason: 'ended_by_administrator' })
}

/** In the transaction of the change that ends them; records only if something ended. */
export async function endSessionsWithin(
  tx: Tx,
  context: RequestContext,
  ending: EndingOfMany,
): Promise<void> {
  const ended = await endMany(tx, context, ending)
  if (ended.length > 0) await recordEnded(tx, context, ending, ended)
}

function endMany(tx: Tx, context: RequestContext, { userId, reason, keep }: EndingOfMany) {
  return endSessionsOfUser(tx, { userId, reason, at: context.clock.now() }, keep)
}

export async function recordEnded(
  tx: Tx,
  context: RequestContext,
  { userId, reason }: Pick<EndingOfMany, 'userId' | 'reason'>,
  ended: readonly SessionId[],
): Promise<void> {
  await record(tx, context, {
    action: 'session.several_ended',
    outcome: 'success',
    target: { kind: 'user', id: userId },
    details: { reason, count: ended.length, sessions: ended.slice(0, MAX_LISTED) },
  })
}

/** Keeps an event small; the rows of the sessions say the rest. */
const MAX_LISTED = 100
