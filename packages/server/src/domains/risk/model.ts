import type { SessionId, UserId } from '../../kernel/index.ts'

/** `medium`: only with a recent proof of a factor. `high`: not at all. */
export type RiskLevel = 'low' | 'medium' | 'high'

/** When a risk is assessed. `sensitive`: before a change of what protects an account. */
export type RiskEvent = 'sign_in' | 'refresh' | 'cookie' | 'sensitive'

/** What differs from how the session began. */
export type RiskSignal = 'source_changed' | 'device_changed'

export interface RiskQuestion {
  readonly event: RiskEvent
  readonly subject: UserId
  readonly session: SessionId
  /** What was proven in the session. @see RFC 8176 */
  readonly amr: readonly string[]
  readonly signals: readonly RiskSignal[]
}

export interface RiskAssessment {
  readonly level: RiskLevel
  /** For the audit trail; never for the caller. */
  readonly reasons: readonly string[]
}

export function higherOf(a: RiskAssessment, b: RiskAssessment): RiskAssessment {
  const level = LOWEST_FIRST.indexOf(a.level) >= LOWEST_FIRST.indexOf(b.level) ? a.level : b.level
  return { level, reasons: [...a.reasons, ...b.reasons] }
}

const LOWEST_FIRST: readonly RiskLevel[] = ['low', 'medium', 'high']
