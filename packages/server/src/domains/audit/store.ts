import {
  type EventId,
  fromUuid,
  newId,
  type RequestContext,
  toUuid,
  type UserId,
} from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'
import type { AuditEntry, AuditEvent } from './model.ts'

/**
 * The statement that writes one event. Run it in the transaction of the change it describes
 * (invariant I5), or beside the change in one `tenantBatch`.
 */
export function insertAuditEvent(context: RequestContext, entry: AuditEntry): Statement {
  const actorId = entry.actor?.userId ?? context.principal?.userId
  const actorKind = actorId === undefined ? anonymousKind(context) : 'user'
  const sessionId = entry.sessionId ?? context.principal?.sessionId
  return sql`
    INSERT INTO audit_events
           (tenant_id, id, occurred_at, action, outcome, actor_kind, actor_id, target_kind,
            target_id, session_id, request_id, source_ip, details)
    VALUES (${toUuid(context.tenant.id)}, ${toUuid(newId('evt'))}, ${context.clock.now()},
            ${entry.action}, ${entry.outcome}, ${actorKind},
            ${actorId === undefined ? null : toUuid(actorId as `usr_${string}`)},
            ${entry.target?.kind ?? null}, ${entry.target?.id ?? null},
            ${sessionId === undefined ? null : toUuid(sessionId as `ses_${string}`)},
            ${toUuid(context.requestId)}, ${context.source.ip},
            ${JSON.stringify(entry.details ?? {})})`
}

export interface AuditFilter {
  readonly action?: string | undefined
  /** Any of them; undefined: all. */
  readonly actions?: readonly string[] | undefined
  readonly actor?: UserId | undefined
  readonly outcome?: 'success' | 'refused' | undefined
  /** Events older than this one. */
  readonly before?: EventId | undefined
  readonly limit: number
}

export async function listAuditEvents(tx: Tx, filter: AuditFilter): Promise<AuditEvent[]> {
  const action = filter.action ?? null
  const actions = filter.actions ?? null
  const outcome = filter.outcome ?? null
  const actor = filter.actor === undefined ? null : toUuid(filter.actor)
  const before = filter.before === undefined ? null : toUuid(filter.before)
  const rows = await tx.run(sql<AuditRow>`
    SELECT id, tenant_id, occurred_at, action, outcome, actor_kind, actor_id, target_kind,
           target_id, session_id, request_id, source_ip, details
      FROM audit_events
     WHERE tenant_id = current_tenant_id()
       AND (${action}::text IS NULL OR action = ${action})
       AND (${actions}::text[] IS NULL OR action = ANY(${actions}::text[]))
       AND (${actor}::uuid IS NULL OR actor_id = ${actor})
       AND (${outcome}::text IS NULL OR outcome = ${outcome})
       AND (${before}::uuid IS NULL OR id < ${before})
     ORDER BY id DESC
     LIMIT ${filter.limit}`)
  return rows.map(toAuditEvent)
}

interface AuditRow {
  id: string
  tenant_id: string
  occurred_at: Date
  action: string
  outcome: 'success' | 'refused'
  actor_kind: 'user' | 'system' | 'anonymous'
  actor_id: string | null
  target_kind: string | null
  target_id: string | null
  session_id: string | null
  request_id: string
  source_ip: string
  details: Record<string, string>
}

function toAuditEvent(row: AuditRow): AuditEvent {
  return {
    id: fromUuid('evt', row.id),
    tenantId: fromUuid('ten', row.tenant_id),
    occurredAt: row.occurred_at,
    action: row.action,
    outcome: row.outcome,
    actorKind: row.actor_kind,
    actorId: row.actor_id === null ? undefined : fromUuid('usr', row.actor_id),
    ...(row.target_kind === null
      ? {}
      : { target: { kind: row.target_kind, id: row.target_id ?? '' } }),
    ...(row.session_id === null ? {} : { sessionId: fromUuid('ses', row.session_id) }),
    requestId: fromUuid('req', row.request_id),
    sourceIp: row.source_ip,
    details: row.details,
  }
}

function anonymousKind(context: RequestContext): 'system' | 'anonymous' {
  return context.source.ip === 'internal' ? 'system' : 'anonymous'
}
