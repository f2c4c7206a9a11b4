import {
  type Duration,
  type Secret,
  seconds,
  type SessionId,
  type TenantPolicy,
  type UserId,
} from '../../kernel/index.ts'

/** What the session of a refresh token says about its user at the moment of the rotation. */
export interface RefreshedSession {
  readonly sessionId: SessionId
  readonly userId: UserId
  readonly roles: readonly string[]
  readonly acr: string
  readonly amr: readonly string[]
  readonly authTime: Date
  readonly absoluteExpiresAt: Date
  /** Where it began, or stepped up last. */
  readonly began: {
    readonly sourceIp: string
    readonly deviceLabel: string
    /** The request has shown the cookie of that device. */
    readonly isSameDevice: boolean
  }
}

export interface RotatedToken {
  readonly kind: 'rotated'
  readonly refreshToken: Secret<string>
  readonly expiresAt: Date
  readonly session: RefreshedSession
}

/**
 * Why a refresh token was refused, for the audit trail and the log. The outside gets one answer
 * for all of them.
 */
export type RefusalReason = 'unknown' | 'expired' | 'session_over' | 'reused' | 'device_mismatch'

export type RotationOutcome =
  | RotatedToken
  | { readonly kind: 'refused'; readonly reason: RefusalReason }

/** Clocks of two nodes may differ by this much before a repetition counts as reuse. */
export const CLOCK_TOLERANCE: Duration = seconds(5)

/**
 * True while the parent gets its successor again.
 * SECURITY: a clock that steps back must not open the grace again, so a consumption that lies in
 * the future by more than the tolerance is outside. A grace of 0 means never, tolerance or not.
 */
export function isWithinGrace(consumedAt: Date, now: Date, grace: Duration): boolean {
  if (grace.milliseconds <= 0) return false
  const elapsed = now.getTime() - consumedAt.getTime()
  return elapsed < grace.milliseconds && elapsed >= -CLOCK_TOLERANCE.milliseconds
}

/** Whether a session that is bound to its device is refreshed on that device only. */
export function isDeviceDemanded(policy: TenantPolicy): boolean {
  return policy.refreshDeviceBinding === 'when_known'
}
