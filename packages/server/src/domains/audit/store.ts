import {
  type EventId,
  fromUuid,
  newId,
  type RequestContext,
  toUuid,
  type UserId,
} from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'
import type { AuditEntry, AuditEntryOfMany, AuditEvent } from './model.ts'

/**
 * The statement that writes one event. Run it in the transaction of the change it describes
 * (invariant I5), or beside the change in one `tenantBatch`.
 */
export function insertAuditEvent(context: RequestContext, entry: AuditEntry): Statement {
  const { claim } = context
  const row = rowOf(context, entry)
  // A refusal changes nothing, and is recorded when nothing else of the request is kept.
  if (claim === undefined || entry.outcome !== 'success') return plainInsert(row)
  return notingInsert(row, claim.id)
}

interface NewRow {
  readonly tenantId: string
  readonly id: string
  readonly occurredAt: Date
  readonly action: string
  readonly outcome: string
  readonly actorKind: string
  readonly actorId: string | null
  readonly targetKind: string | null
  readonly targetId: string | null
  readonly sessionId: string | null
  readonly requestId: string
  readonly sourceIp: string
  readonly details: string
}

function rowOf(context: RequestContext, entry: AuditEntry): NewRow {
  const actorId = entry.actor?.userId ?? context.principal?.userId
  const actorKind = actorId === undefined ? anonymousKind(context) : 'user'
  const sessionId = entry.sessionId ?? context.principal?.sessionId
  return {
    tenantId: toUuid(context.tenant.id),
    id: toUuid(newId('evt')),
    occurredAt: context.clock.now(),
    action: entry.action,
    outcome: entry.outcome,
    actorKind,
    actorId: actorId === undefined ? null : toUuid(actorId as `usr_${string}`),
    targetKind: entry.target?.kind ?? null,
    targetId: entry.target?.id ?? null,
    sessionId: sessionId === undefined ? null : toUuid(sessionId as `ses_${string}`),
    requestId: toUuid(context.requestId),
    sourceIp: context.source.ip,
    details: JSON.stringify(entry.details ?? {}),
  }
}

function plainInsert(row: NewRow): Statement {
  return sql`
    INSERT INTO audit_events
           (tenant_id, id, occurred_at, action, outcome, actor_kind, actor_id, target_kind,
            target_id, session_id, request_id, source_ip, details)
    VALUES (${row.tenantId}, ${row.id}, ${row.occurredAt}, ${row.action}, ${row.outcome},
            ${row.actorKind}, ${row.actorId}, ${row.targetKind}, ${row.targetId},
            ${row.sessionId}, ${row.requestId}, ${row.sourceIp}, ${row.details})`
}

/** Fails, and with it the change, if another request took the key over (`platform/idempotency`). */
function notingInsert(row: NewRow, claimId: string): Statement {
  return sql`
    INSERT INTO audit_events
           (tenant_id, id, occurred_at, action, outcome, actor_kind, actor_id, target_kind,
            target_id, session_id, request_id, source_ip, details)
    SELECT ${row.tenantId}::uuid, ${row.id}::uuid, ${row.occurredAt}::timestamptz, ${row.action},
           ${row.outcome}, ${row.actorKind}, ${row.actorId}::uuid, ${row.targetKind},
           ${row.targetId}, ${row.sessionId}::uuid, ${row.requestId}::uuid, ${row.sourceIp},
           ${row.details}::jsonb
     WHERE note_idempotent_change(${claimId}, ${row.occurredAt})`
}

/**
 * Writes the same event of each of several targets in one statement: for changes of so many that one
 * by one would hold their transaction for minutes. As `insertAuditEvent` otherwise.
 */
export function insertAuditEvents(
  context: RequestContext,
  { targets, ...entry }: AuditEntryOfMany,
): Statement {
  const row = rowOf(context, entry)
  const claimId = context.claim?.id ?? null
  return sql`
    INSERT INTO audit_events
           (tenant_id, id, occurred_at, action, outcome, actor_kind, actor_id, target_kind,
            target_id, session_id, request_id, source_ip, details)
    SELECT ${row.tenantId}::uuid, e.id, ${row.occurredAt}::timestamptz, ${row.action},
           ${row.outcome}, ${row.actorKind}, ${row.actorId}::uuid, ${targets.kind}, e.target_id,
           ${row.sessionId}::uuid, ${row.requestId}::uuid, ${row.sourceIp}, ${row.details}::jsonb
      FROM unnest((SELECT ${targets.ids.map(() => toUuid(newId('evt')))}::uuid[]),
                  ${targets.ids}::text[]) AS e (id, target_id)
     WHERE CASE WHEN ${claimId}::uuid IS NULL THEN true
                ELSE (SELECT note_idempotent_change(${claimId}, ${row.occurredAt})) END`
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
