import { hours, minutes } from '../../kernel/index.ts'

/** RFC 6238 §5.2; authenticator apps support nothing else reliably. */
export const TOTP_PERIOD_SECONDS = 30
/** RFC 4226 §5.3. */
export const OTP_DIGITS = 6
/** RFC 6238 §5.2: at most one step before and after, for clocks that differ and people who type. */
export const TOTP_WINDOW = 1
/** RFC 4226 §7.4: presses of a token's button that nobody sent. */
export const HOTP_LOOK_AHEAD = 10
/** RFC 4226 §4 R6 recommends 160 bits. */
export const OTP_SECRET_BYTES = 20

/** A secret that was shown and never confirmed is worth nothing afterwards. */
export const ENROLLMENT_LIFETIME = hours(1)
/** Of one kind: a phone, a spare one, a tablet. */
export const MAX_OTP_FACTORS = 5

export const BACKUP_CODE_COUNT = 10
/** Of 5 bits each: 60 bits (ASVS 6.5.2 asks for 20 and a rate limit, or 112 and a plain hash). */
export const BACKUP_CODE_CHARACTERS = 12

/** Changing factors needs a proof of a factor that is as fresh as this (ASVS 7.5.1). */
export const FRESH_FACTOR = minutes(5)

export const FACTOR_LIMITS = {
  read: { limit: 300, window: minutes(1), by: 'principal' },
  change: { limit: 20, window: minutes(1), by: 'principal' },
} as const
