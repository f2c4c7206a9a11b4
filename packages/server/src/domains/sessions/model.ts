import {
  type Duration,
  milliseconds,
  minutes,
  type SessionId,
  type TenantPolicy,
  type UserId,
} from '../../kernel/index.ts'
import type { DeviceId } from '../devices/index.ts'

/** `bearer`: lives by refresh tokens. `cookie`: lives by a cookie of a browser. */
export type SessionTransport = 'bearer' | 'cookie'

/** How its user proved who they are. */
export interface Authentication {
  readonly authTime: Date
  /** RFC 9470, OIDC Core §2. */
  readonly acr: string
  /** RFC 8176. */
  readonly amr: readonly string[]
}

export interface Session extends Authentication {
  readonly id: SessionId
  readonly userId: UserId
  readonly transport: SessionTransport
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly idleExpiresAt: Date
  /** Set once; nothing moves it. */
  readonly absoluteExpiresAt: Date
  /** Told by the client; never trusted for a decision. */
  readonly deviceLabel: string
  readonly sourceIp: string
  readonly device: SessionDevice
}

/** The device that a session began on. */
export interface SessionDevice {
  readonly hash: Buffer | undefined
  /** It has shown its cookie to the session; refresh tokens are accepted from it only. */
  readonly isBound: boolean
}

/** A session as its user sees it. */
export interface ListedSession extends Omit<Session, 'device'> {
  /** undefined if it was forgotten. */
  readonly deviceId: DeviceId | undefined
  /** What its user calls it. */
  readonly name: string | undefined
  readonly place: string | undefined
}

/** A session that counts now, with what is known of its user. */
export interface LiveSession extends Authentication {
  readonly sessionId: SessionId
  readonly userId: UserId
  readonly transport: SessionTransport
  readonly lastSeenAt: Date
  readonly idleExpiresAt: Date
  readonly absoluteExpiresAt: Date
  readonly email: string
  readonly emailVerifiedAt: Date | undefined
  readonly displayName: string | undefined
  readonly locale: string | undefined
  readonly userCreatedAt: Date
  readonly roles: readonly string[]
  /** Of the tenant's own roles; those of built-in roles are code, see the access domain. */
  readonly permissions: readonly string[]
  /** Where it began, or stepped up last; known of a session that came by cookie. */
  readonly began: { readonly sourceIp: string; readonly deviceLabel: string } | undefined
}

/** Why a session ended; kept with it and in the audit trail. */
export type EndReason =
  | 'signed_out'
  | 'signed_out_everywhere'
  | 'ended_by_user'
  | 'ended_by_administrator'
  | 'password_changed'
  | 'password_reset'
  | 'password_reset_demanded'
  | 'user_suspended'
  | 'email_changed'
  | 'factor_removed'
  | 'policy_changed'
  | 'risk_refused'
  | 'device_removed'
  | 'replaced_by_sign_in'

export function idleLimit(transport: SessionTransport, policy: TenantPolicy): Duration {
  return transport === 'cookie' ? policy.cookieIdle : policy.sessionIdle
}

/**
 * How often a cookie session notes that it was used: once a minute, or a tenth of the idle limit
 * where that is shorter, so that an active browser is never taken for an idle one.
 */
export function touchInterval(policy: TenantPolicy): Duration {
  const tenth = milliseconds(policy.cookieIdle.milliseconds / 10)
  return tenth.milliseconds < ONE_MINUTE.milliseconds ? tenth : ONE_MINUTE
}

const ONE_MINUTE = minutes(1)
