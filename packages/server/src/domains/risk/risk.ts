import type { RequestContext } from '../../kernel/index.ts'
import type { PlaceFinder } from '../../platform/geo/index.ts'
import { findSourceRefusal, type SourceRefusal } from '../tenants/index.ts'
import { assessSignals } from './assess-signals.ts'
import { isImpossibleTravel } from './habits/travel.ts'
import { higherOf, type RiskAssessment, type RiskQuestion } from './model.ts'
import type { RiskPort } from './ports.ts'

export interface Risk {
  /** Never throws: what a provider can not tell is decided by the tenant's `risk_failure`. */
  assess(context: RequestContext, question: RiskQuestion): Promise<RiskAssessment>
  /** Before an account is made, for which nothing speaks yet but where it comes from. */
  assessRegistration(context: RequestContext): Promise<RiskAssessment>
  /** Whether the lists of the tenant refuse where a request comes from; it asks nobody. */
  findSourceRefusal(context: RequestContext): SourceRefusal | undefined
  /** Whether nobody can have come here since then from where they were; never where that is off. */
  isImpossibleTravel(context: RequestContext, from: SeenSource): boolean
}

export interface SeenSource {
  readonly ip: string
  readonly at: Date
}

export interface RiskDependencies {
  /** Asked beside our own judgement, if the operator configured one; the higher level counts. */
  readonly provider?: RiskPort | undefined
  /** undefined: nobody can tell where an address is. */
  readonly places?: PlaceFinder | undefined
  readonly onFailure?: (error: unknown) => void
}

/** INVARIANT I8: a provider that does not answer means refusal, unless the tenant chose otherwise. */
export function createRisk({ provider, places, onFailure }: RiskDependencies): Risk {
  const assess: Risk['assess'] = async (context, question) => {
    const own = assessSignals(context.tenant.policy, question.signals)
    if (provider === undefined) return own
    try {
      return higherOf(own, await provider.assess(context, question))
    } catch (error) {
      onFailure?.(error)
      const level = context.tenant.policy.riskFailure === 'allow' ? 'low' : 'high'
      return higherOf(own, { level, reasons: ['provider_failed'] })
    }
  }
  return {
    assess,
    assessRegistration: (context) =>
      assess(context, { event: 'registration', amr: [], signals: [] }),
    findSourceRefusal: ({ tenant, source }) => findSourceRefusal(tenant.policy, source.ip, places),
    isImpossibleTravel: ({ tenant, source, clock }, { ip, at }) => {
      const isAsked = tenant.policy.impossibleTravel !== 'off' && ip !== source.ip
      if (!isAsked || places === undefined) return false
      const [from, to] = [places.locate(ip).point, places.locate(source.ip).point]
      if (from === undefined || to === undefined) return false
      return isImpossibleTravel({ point: from, at }, { point: to, at: clock.now() })
    },
  }
}
