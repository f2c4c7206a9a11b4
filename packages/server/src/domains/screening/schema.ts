import { z } from 'zod'
import { pageQuery, typedId } from '../../platform/http/index.ts'
import type { ScreeningHit } from './model.ts'

const statusSchema = z.enum(['open', 'cleared', 'confirmed'])

export const listHitsQuery = pageQuery.extend({
  after: typedId('hit').optional(),
  status: statusSchema.optional(),
})

export const decisionSchema = z.strictObject({
  reason: z
    .string()
    .max(1000)
    .refine((text) => text.trim() !== '', 'must say why'),
})

export const hitSchema = z.object({
  id: z.string(),
  user_id: z.string(),
  entry_id: z.string(),
  status: statusSchema,
  found_at: z.iso.datetime(),
  reason: z.string().nullable(),
  decided_by: z.string().nullable(),
  decided_at: z.iso.datetime().nullable(),
})

export function presentHit({ decision, ...hit }: ScreeningHit): z.input<typeof hitSchema> {
  return {
    id: hit.id,
    user_id: hit.userId,
    entry_id: hit.entryId,
    status: hit.status,
    found_at: hit.foundAt.toISOString(),
    reason: decision?.reason ?? null,
    decided_by: decision?.by ?? null,
    decided_at: decision?.at.toISOString() ?? null,
  }
}
