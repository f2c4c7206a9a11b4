import type { TenantPolicy } from '../../kernel/index.ts'
import { highestOf, type RiskAssessment, type RiskLevel, type RiskSignal } from './model.ts'
import { HIGH_POINTS, MEDIUM_POINTS, SIGNAL_POINTS } from './policy.ts'

/** Judges by what the server knows itself, without asking anybody. */
export function assessSignals(
  { impossibleTravel }: Pick<TenantPolicy, 'impossibleTravel'>,
  signals: readonly RiskSignal[],
): RiskAssessment {
  const levels = [
    levelOfChange(signals),
    levelOfPoints(signals),
    levelOfTravel(impossibleTravel, signals),
  ]
  return { level: highestOf(levels), reasons: signals }
}

/**
 * SECURITY: a stolen cookie. It comes from another address and another kind of browser at once. One
 * of both alone is daily life: people walk out of a network, and browsers are updated.
 */
function levelOfChange(signals: readonly RiskSignal[]): RiskLevel {
  const isElsewhere = signals.includes('source_changed') && signals.includes('device_changed')
  return isElsewhere ? 'medium' : 'low'
}

/**
 * SECURITY: a stolen password. Somebody else uses it from elsewhere, with something else. A known
 * device leaves only the country: the rest is the same laptop with a VPN, on a train, at night.
 */
function levelOfPoints(signals: readonly RiskSignal[]): RiskLevel {
  const counted = signals.includes('known_device')
    ? signals.filter((signal) => signal === 'new_country')
    : signals
  const points = counted.reduce((sum, signal) => sum + (SIGNAL_POINTS[signal] ?? 0), 0)
  if (points >= HIGH_POINTS) return 'high'
  return points >= MEDIUM_POINTS ? 'medium' : 'low'
}

/** A tenant that refuses journeys asks a known device for a factor: its user may have begun a VPN. */
function levelOfTravel(
  impossibleTravel: TenantPolicy['impossibleTravel'],
  signals: readonly RiskSignal[],
): RiskLevel {
  if (impossibleTravel !== 'refuse' || !signals.includes('impossible_travel')) return 'low'
  return signals.includes('known_device') ? 'medium' : 'high'
}
