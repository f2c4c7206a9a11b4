import type { SessionId, UserId } from '../../kernel/index.ts'

/** `medium`: only with a recent proof of a factor. `high`: not at all. */
export type RiskLevel = 'low' | 'medium' | 'high'

/** When a risk is assessed. `sensitive`: before a change of what protects an account. */
export type RiskEvent = 'sign_in' | 'refresh' | 'cookie' | 'sensitive' | 'registration'

/**
 * What differs from how the session began, and what of a sign-in is unlike those before it.
 * `known_device` speaks for the user: the browser has proved that they signed in with it before.
 */
export type RiskSignal =
  | 'source_changed'
  | 'device_changed'
  | 'impossible_travel'
  | 'new_country'
  | 'new_network'
  | 'new_client_kind'
  | 'unusual_hour'
  | 'known_device'

export interface RiskQuestion {
  readonly event: RiskEvent
  /** undefined at a registration: there is nobody yet. */
  readonly subject?: UserId
  readonly session?: SessionId
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
  return { level: highestOf([a.level, b.level]), reasons: [...a.reasons, ...b.reasons] }
}

export function highestOf(levels: readonly RiskLevel[]): RiskLevel {
  return LOWEST_FIRST.findLast((level) => levels.includes(level)) ?? 'low'
}

const LOWEST_FIRST: readonly RiskLevel[] = ['low', 'medium', 'high']
