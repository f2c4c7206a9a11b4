import type { RequestContext } from '../../kernel/index.ts'
import type { ScreeningDependencies } from './dependencies.ts'
import type { HitFilter } from './hit-store.ts'
import type { HitId, ScreeningHit } from './model.ts'
import { type Decision, decideHit } from './use-cases/decide-hit.ts'
import { listHits } from './use-cases/list-hits.ts'
import { screenAgain } from './use-cases/screen-again.ts'

/** Users whose names resemble a sanctions list. What each may throw stands at its use case. */
export interface Screening {
  list(context: RequestContext, filter: HitFilter): Promise<readonly ScreeningHit[]>
  decide(context: RequestContext, id: HitId, decision: Decision): Promise<ScreeningHit>
  /** Periodically; does nothing where the list was gone through. */
  screenAgain(context: RequestContext): Promise<void>
}

export function createScreening(deps: ScreeningDependencies): Screening {
  return {
    list: (context, filter) => listHits(deps, context, filter),
    decide: (context, id, decision) => decideHit(deps, context, id, decision),
    screenAgain: (context) => screenAgain(deps, context),
  }
}
