import { hours, minutes, seconds } from '../../kernel/index.ts'

/** OWASP: an invitation is short-lived; three days span a weekend. */
export const INVITATION_LIFETIME = hours(72)

/** Long enough to open the other mailbox, short enough that nobody forgets what was asked for. */
export const EMAIL_CHANGE_LIFETIME = hours(1)
/** As long as an owner who does not read mail every day can take a stolen account back. */
export const EMAIL_CHANGE_UNDO_LIFETIME = hours(72)
export const UNLOCK_LIFETIME = minutes(30)

/** Attack: flooding somebody's mailbox. At most one message of a kind a minute, five an hour. */
export const MESSAGE_PAUSE = seconds(60)
export const MESSAGE_WINDOW = hours(1)
export const MESSAGES_PER_WINDOW = 5

/** NIST 800-63B-4 §3.1.1.2 asks to accept at least 64 characters; hashing needs some bound. */
export const PASSWORD_MAX_CHARACTERS = 256
/** Follows from it: UTF-8 takes at most four bytes a character. */
export const PASSWORD_MAX_BYTES = PASSWORD_MAX_CHARACTERS * 4

/** zxcvbn takes 0.7 s for 128 patterned characters, on the event loop: more is not scored. */
export const PASSWORD_SCORED_CHARACTERS = 64

/** zxcvbn score: 3 is "safely unguessable", more than 10^8 guesses. */
export const PASSWORD_MINIMUM_SCORE = 3

/** How much of a password must be left without the words that are known about its owner. */
export const PASSWORD_OWN_CHARACTERS = 8

export const PUBLIC_LIMITS = {
  register: { limit: 10, window: minutes(1), by: 'source' },
  verify: { limit: 20, window: minutes(1), by: 'source' },
  message: { limit: 5, window: minutes(1), by: 'source' },
  redeem: { limit: 10, window: minutes(1), by: 'source' },
  policy: { limit: 60, window: minutes(1), by: 'source' },
} as const

export const OWN_LIMITS = {
  read: { limit: 600, window: minutes(1), by: 'principal' },
  write: { limit: 30, window: minutes(1), by: 'principal' },
  password: { limit: 10, window: minutes(1), by: 'principal' },
} as const

export const ADMIN_LIMITS = { limit: 300, window: minutes(1), by: 'principal' } as const
