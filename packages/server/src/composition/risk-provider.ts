import { createHttpRiskProvider, type RiskPort } from '../domains/risk/index.ts'
import type { RiskConfig } from '../platform/config/index.ts'
import { createEgress } from '../platform/egress/index.ts'

/** @returns undefined where none is configured */
export function openRiskProvider(config: RiskConfig | undefined): RiskPort | undefined {
  if (config === undefined) return undefined
  // A service that the operator named may stand in the own network.
  return createHttpRiskProvider({ ...config, egress: createEgress({ allowPrivate: true }) })
}
