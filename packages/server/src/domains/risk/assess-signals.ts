import type { RiskAssessment, RiskQuestion } from './model.ts'

/**
 * Judges by what the server knows itself, without asking anybody.
 * SECURITY: a stolen cookie. It comes from another address and another kind of browser at once. One
 * of both alone is daily life: people walk out of a network, and browsers are updated.
 */
export function assessSignals({ signals }: RiskQuestion): RiskAssessment {
  const isElsewhere = signals.includes('source_changed') && signals.includes('device_changed')
  return { level: isElsewhere ? 'medium' : 'low', reasons: signals }
}
