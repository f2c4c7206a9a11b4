import type { RequestContext } from '../../../kernel/index.ts'
import type { ScreeningDependencies } from '../dependencies.ts'
import { type HitFilter, selectHits, toHit } from '../hit-store.ts'
import type { ScreeningHit } from '../model.ts'

/** Oldest first. */
export async function listHits(
  { database }: Pick<ScreeningDependencies, 'database'>,
  context: RequestContext,
  filter: HitFilter,
): Promise<readonly ScreeningHit[]> {
  const [rows] = await database.tenantBatch(context.tenant.id, [selectHits(filter)])
  return rows.map(toHit)
}
