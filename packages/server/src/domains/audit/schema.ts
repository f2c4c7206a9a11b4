import { z } from 'zod'
import type { AuditEvent } from './model.ts'

export const auditEventSchema = z.object({
  id: z.string(),
  occurred_at: z.iso.datetime(),
  action: z.string(),
  outcome: z.enum(['success', 'refused']),
  actor: z.object({ kind: z.enum(['user', 'system', 'anonymous']), id: z.string().optional() }),
  target: z.object({ kind: z.string(), id: z.string() }).optional(),
  session_id: z.string().optional(),
  request_id: z.string(),
  source_ip: z.string(),
  details: z.record(z.string(), z.unknown()),
})

export function presentAuditEvent(event: AuditEvent): z.input<typeof auditEventSchema> {
  return {
    id: event.id,
    occurred_at: event.occurredAt.toISOString(),
    action: event.action,
    outcome: event.outcome,
    actor: {
      kind: event.actorKind,
      ...(event.actorId === undefined ? {} : { id: event.actorId }),
    },
    ...(event.target === undefined ? {} : { target: event.target }),
    ...(event.sessionId === undefined ? {} : { session_id: event.sessionId }),
    request_id: event.requestId,
    source_ip: event.sourceIp,
    details: event.details ?? {},
  }
}
