import { type Duration, hours, minutes, seconds, type TenantPolicy } from '../../../kernel/index.ts'
import type { SmsCountry } from './sms-country.ts'

export const SMS_CODE_DIGITS = 6
/** NIST 800-63B-4 §3.1.3.2 allows ten minutes; PSD2 RTS art. 4(3) asks for five tries. */
export const SMS_CODE_LIFETIME = minutes(5)
export const SMS_CODE_ATTEMPTS = 5

/** How many messages are sent in a window that begins with the first of them. */
export interface SmsLimit {
  readonly scope: 'country' | 'recipient' | 'tenant' | 'user'
  readonly name: string
  readonly most: number
  readonly window: Duration
}

/**
 * Attack: messages cost money, some numbers earn by each of them (toll fraud), and a flood of them
 * is a nuisance. So every message is counted for its number, its user, its country and its tenant.
 */
export function smsLimits(
  { smsDailyLimit }: Pick<TenantPolicy, 'smsDailyLimit'>,
  country: SmsCountry,
): readonly SmsLimit[] {
  return [
    { scope: 'recipient', name: 'recipient_pause', most: 1, window: seconds(30) },
    { scope: 'recipient', name: 'recipient_hour', most: 5, window: hours(1) },
    { scope: 'recipient', name: 'recipient_day', most: 10, window: hours(24) },
    { scope: 'user', name: 'user_hour', most: 5, window: hours(1) },
    { scope: 'user', name: 'user_day', most: 15, window: hours(24) },
    { scope: 'country', name: 'country_day', most: country.dailyLimit, window: hours(24) },
    { scope: 'tenant', name: 'tenant_day', most: smsDailyLimit, window: hours(24) },
  ]
}

/** Counters without a message for this long are over, whatever they counted. */
export const SMS_COUNTERS_KEPT = hours(48)

/** Asks for money, so fewer than for other changes. */
export const SMS_ROUTE_LIMIT = { limit: 10, window: minutes(1), by: 'principal' } as const

/** NIST 800-63B-4 §3.1.3.3: SMS is a restricted authenticator, and its users are told so. */
export const SMS_NOTICE =
  'Codes by SMS can be intercepted or redirected by whoever takes over your number. An authenticator app or a passkey is safer; use SMS only as a fallback.'
