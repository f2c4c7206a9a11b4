import type { RequestContext } from '../../kernel/index.ts'
import type { RiskAssessment, RiskQuestion } from './model.ts'

/** Says how likely it is that somebody else is there than the user. */
export interface RiskPort {
  /** Throws if it can't tell: nothing is assumed here; what follows is decided in `createRisk`. */
  assess(context: RequestContext, question: RiskQuestion): Promise<RiskAssessment>
}
