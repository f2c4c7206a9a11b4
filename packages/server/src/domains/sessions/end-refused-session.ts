import { type RequestContext, type SessionId, toSeconds, type UserId } from '../../kernel/index.ts'
import { type Database, sql } from '../../platform/db/index.ts'
import { record } from '../audit/index.ts'
import { retryAfterDeadlock } from '../tokens/index.ts'
import { endSession } from './store.ts'

export interface RefusedSession {
  readonly sessionId: SessionId
  readonly userId: UserId
  readonly reason: 'policy_changed' | 'risk_refused'
}

/** Ends a session that was judged again and may not go on. */
export function endRefusedSession(
  database: Database,
  context: RequestContext,
  { sessionId, userId, reason }: RefusedSession,
): Promise<void> {
  return retryAfterDeadlock(() =>
    database.withTenant(context.tenant.id, async (tx) => {
      const at = context.clock.now()
      if ((await endSession(tx, sessionId, { userId, at, reason })) !== 'ended') return
      await record(tx, context, {
        action: 'session.ended',
        outcome: 'success',
        actor: { userId },
        sessionId,
        target: { kind: 'session', id: sessionId },
        details: { reason },
      })
    }),
  )
}

/**
 * Brings the limits of live sessions down to those of the tenant. They are never moved up: nothing
 * extends an absolute limit.
 * @returns how many were shortened
 */
export async function shortenSessions(
  database: Database,
  { tenant, clock }: RequestContext,
): Promise<number> {
  const { sessionAbsolute, sessionIdle, cookieIdle } = tenant.policy
  const absolute = toSeconds(sessionAbsolute)
  const [rows] = await database.tenantBatch(tenant.id, [
    sql<{ id: string }>`
    UPDATE sessions s
       SET absolute_expires_at = LEAST(s.absolute_expires_at, l.absolute),
           idle_expires_at = LEAST(s.idle_expires_at, l.idle, l.absolute)
      FROM (SELECT t.id, c.absolute, c.idle
              FROM sessions t
             CROSS JOIN LATERAL (
                     SELECT t.created_at + make_interval(secs => ${absolute}) AS absolute,
                            t.last_seen_at + make_interval(secs => CASE t.transport
                              WHEN 'cookie' THEN ${toSeconds(cookieIdle)}::double precision
                              ELSE ${toSeconds(sessionIdle)}::double precision END) AS idle) c
             WHERE t.tenant_id = current_tenant_id() AND t.ended_at IS NULL
               AND t.absolute_expires_at > ${clock.now()}
               AND (t.absolute_expires_at > c.absolute OR t.idle_expires_at > c.idle)
             ORDER BY t.id FOR UPDATE OF t) l
     WHERE s.tenant_id = current_tenant_id() AND s.id = l.id
    RETURNING s.id`,
  ])
  return rows.length
}
