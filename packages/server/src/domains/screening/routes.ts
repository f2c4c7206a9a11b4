import { z } from 'zod'
import { minutes } from '../../kernel/index.ts'
import { defineRoute, pageOf, type Route, toPage, typedId } from '../../platform/http/index.ts'
import { accessErrors } from '../access/index.ts'
import { identityErrors } from '../identity/index.ts'
import { screeningErrors } from './errors.ts'
import { decisionSchema, hitSchema, listHitsQuery, presentHit } from './schema.ts'
import type { Screening } from './screening.ts'

export interface ScreeningRouteServices {
  readonly screening: Screening
}

const rateLimit = { limit: 300, window: minutes(1), by: 'principal' } as const
const tag = 'Screening'

/** Hits, for whoever decides about them. */
export function screeningRoutes(services: ScreeningRouteServices): readonly Route[] {
  return [listRoute(services), decideRoute(services, 'clear'), decideRoute(services, 'confirm')]
}

const listRoute = ({ screening }: ScreeningRouteServices) =>
  defineRoute({
    id: 'listScreeningHits',
    method: 'GET',
    path: '/api/admin/screening-hits',
    tag,
    summary: 'List the users whose names resemble the sanctions list, oldest first',
    auth: { kind: 'permission', permission: 'screening.read' },
    audit: { none: 'a read of what the administrator administers' },
    rateLimit,
    query: listHitsQuery,
    responses: { 200: { description: 'A page of hits', schema: pageOf(hitSchema) } },
    errors: [],
    handler: async (context, { query: { limit, after, status } }) => {
      const found = await screening.list(context, { after, status, limit: limit + 1 })
      const page = toPage(found, limit)
      return { status: 200, body: { data: page.items.map(presentHit), next: page.next } }
    },
  })

const decideRoute = ({ screening }: ScreeningRouteServices, verb: 'clear' | 'confirm') =>
  defineRoute({
    id: `${verb}ScreeningHit`,
    method: 'POST',
    path: `/api/admin/screening-hits/{hit_id}/${verb}`,
    tag,
    summary: SUMMARIES[verb],
    description:
      verb === 'clear'
        ? 'Once. The last hit that is cleared resumes a user whom only the screening had suspended.'
        : 'Once. Suspends the user and ends all sessions.',
    auth: { kind: 'permission', permission: 'screening.write' },
    audit: { events: [...EVENTS[verb], 'user.administration_refused'] },
    rateLimit,
    params: z.strictObject({ hit_id: typedId('hit') }),
    body: decisionSchema,
    responses: { 200: { description: 'The hit as it is decided', schema: hitSchema } },
    errors: [
      screeningErrors.screening_hit_not_found,
      screeningErrors.screening_hit_decided,
      identityErrors.own_account,
      accessErrors.user_exceeds_own_permissions,
    ],
    handler: async (context, { params: { hit_id }, body: { reason } }) => {
      const status = verb === 'clear' ? 'cleared' : 'confirmed'
      const hit = await screening.decide(context, hit_id, { status, reason })
      return { status: 200, body: presentHit(hit) }
    },
  })

const SUMMARIES = {
  clear: 'Decide that a user is not who the list names',
  confirm: 'Decide that a user is who the list names',
} as const

const EVENTS = {
  clear: ['screening_hit.cleared', 'user.resumed'],
  confirm: ['screening_hit.confirmed', 'user.suspended'],
} as const
