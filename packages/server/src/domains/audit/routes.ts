import { z } from 'zod'
import { minutes } from '../../kernel/index.ts'
import type { Database } from '../../platform/db/index.ts'
import {
  defineRoute,
  pageOf,
  pageQuery,
  type Route,
  toPage,
  typedId,
} from '../../platform/http/index.ts'
import { auditEventSchema, presentAuditEvent } from './schema.ts'
import { listEvents } from './list-events.ts'

const query = pageQuery.extend({
  after: typedId('evt').optional(),
  action: z.string().max(100).optional(),
  actor: typedId('usr').optional(),
  outcome: z.enum(['success', 'refused']).optional(),
})

/** The audit trail of the caller's tenant. */
export function auditRoutes({ database }: { readonly database: Database }): readonly Route[] {
  return [
    defineRoute({
      id: 'listAuditEvents',
      method: 'GET',
      path: '/api/admin/audit',
      tag: 'Audit',
      summary: 'Search the audit trail, newest first',
      auth: { kind: 'permission', permission: 'audit.read' },
      audit: { none: 'reading the trail changes nothing; a record of each read would bury it' },
      rateLimit: { limit: 120, window: minutes(1), by: 'principal' },
      query,
      responses: { 200: { description: 'A page of events', schema: pageOf(auditEventSchema) } },
      errors: [],
      handler: async (context, { query: { after, actor, limit, ...rest } }) => {
        const events = await listEvents(database, context, {
          ...rest,
          actor,
          before: after,
          limit: limit + 1,
        })
        const page = toPage(events, limit)
        return { status: 200, body: { data: page.items.map(presentAuditEvent), next: page.next } }
      },
    }),
  ]
}
