import { days, type Duration, hours, minutes, seconds } from '../../kernel/index.ts'

/** The job rotates an active key of this age. NIST SP 800-57 part 1 §5.3.6 allows far longer. */
export const ROTATION_AGE: Duration = days(90)

/**
 * How long a key is published before it may sign: the key set's own `max-age` (5 min) plus the
 * 10 min for which verifiers keep it, plus a margin. Earlier, offline verifiers would meet tokens
 * of a key that they have never seen.
 */
export const PUBLISH_AHEAD: Duration = minutes(20)

/**
 * How long a key stays published after it has signed its last token: the longest access-token
 * lifetime (1 h, tenants/schema.ts), the time for which another node may go on signing with it
 * (`STALE_LIMIT`), and clock tolerance. Invariant I10 hangs on it.
 */
export const RETIRING_LIFETIME: Duration = {
  milliseconds: hours(1).milliseconds + minutes(5).milliseconds,
}

/**
 * A node answers from memory for this long, unless the tenant has a later version of its keys: that
 * is how a revocation on another node arrives. This is the second line, for rows that were changed
 * past the trigger and for callers that hold a tenant for long.
 */
export const FRESHNESS: Duration = seconds(60)

/** From this age on, the next use fetches anew in the background, so that nobody waits. */
export const REFRESH_AHEAD: Duration = seconds(45)

/**
 * While the database is away, keys of this age still serve; afterwards the node fails closed. Without
 * the database no tenant is found after 2 s, so only requests that began by then ask for keys: longer
 * than 2 s, 5 s to get a connection and 8 s for an answer, none of them waits for these.
 */
export const STALE_LIMIT: Duration = seconds(75)

/** Tenants whose keys a node keeps in memory. */
export const MAX_CACHED_TENANTS = 2000

/** Seconds for which anybody may keep a copy of the key set and of the metadata. */
export const PUBLIC_CACHE_CONTROL = 'public, max-age=300'
