import { type Duration, hours, minutes, seconds } from '../../kernel/index.ts'

/** How failures of one kind are answered by delay. */
export interface FailureRule {
  readonly scope: 'account' | 'source' | 'pair' | 'device'
  /** Failures in a row that cost nothing yet. */
  readonly free: number
  /** The delay doubles with every further failure, up to this. */
  readonly longestDelay: Duration
}

/**
 * SECURITY: three counters, because each alone can be turned into a weapon. The pair (account and
 * source) stops plain guessing and hurts nobody else. The source stops one machine that tries many
 * accounts. The account alone stops a guess spread over many machines; its delay stays short,
 * since it is the one that an attacker can impose on the owner.
 *
 * A device that signed this account in before is counted on its own instead of these three, as the
 * pair is: whatever strangers do, they can't delay its owner, and they can't forge such a device.
 */
export function failureRules(freePerPair: number): readonly FailureRule[] {
  return [
    { scope: 'device', free: freePerPair, longestDelay: minutes(15) },
    { scope: 'pair', free: freePerPair, longestDelay: minutes(15) },
    { scope: 'source', free: 50, longestDelay: minutes(15) },
    { scope: 'account', free: 20, longestDelay: seconds(30) },
  ]
}

/** First delay; the second is twice as long, and so on. */
export const FIRST_DELAY = seconds(2)

/**
 * The brake against credential stuffing: failures on many accounts (a tenant setting) from at least
 * this many sources within this time. Fewer sources are slowed down by their own counters.
 */
export const BRAKE_SOURCES = 10
export const BRAKE_WINDOW = minutes(10)
/** While the brake is on, a stranger's first attempt on an account is refused and must wait this. */
export const BRAKE_DELAY = seconds(10)

/** A counter without a failure for this long begins anew. */
export const FAILURES_FORGOTTEN_AFTER = hours(24)

/**
 * Failures in a row from which on `adaptive` tenants demand a solved challenge: before the delay of
 * a pair begins, and long before that of a source.
 */
export const CAPTCHA_AFTER = { pair: 3, source: 10 } as const

/** RFC 8176. */
export const PASSWORD_AMR = ['pwd'] as const
/** RFC 8176 §2: more than one factor was used; stands behind the factors themselves. */
export const MULTIPLE_FACTORS_AMR = 'mfa'

/** PSD2 RTS art. 4(3)(b): at most five failures, at most five minutes. */
export const CHALLENGE_ATTEMPTS = 5
export const CHALLENGE_LIFETIME = minutes(5)
/** Long enough to find the phone, and the name of an app for it. */
export const ENROLLMENT_CHALLENGE_LIFETIME = minutes(15)
/** Long enough to think of a password, and to have some of them refused. */
export const PASSWORD_CHANGE_LIFETIME = minutes(15)
export const PASSWORD_CHANGE_ATTEMPTS = 10

/** RFC 8176 has no name for it. */
export const EMAIL_AMR = ['email'] as const
/** NIST 800-63B-4 §3.1.3.2 and ASVS 6.5.5: ten minutes at most. */
export const EMAIL_SIGN_IN_LIFETIME = minutes(10)
/** More than a second factor has: nothing else stands before a session. */
export const EMAIL_CODE_DIGITS = 8
/** Attack: flooding somebody's mailbox, and guessing one code after the other. */
export const EMAIL_PAUSE = seconds(60)
export const EMAILS_AN_HOUR = 5
export const EMAILS_A_DAY = 10

/** `client_id` of tokens that `/api/auth` issues; RFC 9068 §2.2 requires one. */
export const FIRST_PARTY_CLIENT_ID = 'first-party'

/**
 * Scope of those tokens. `/api` demands it, so that a token that an OAuth client got for its own
 * purpose can't change the account of its user.
 */
export const FIRST_PARTY_SCOPE = 'account'
