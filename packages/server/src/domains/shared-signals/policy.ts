import { type Duration, days, hours, minutes, seconds } from '../../kernel/index.ts'
import type { Queue } from '../../platform/jobs/index.ts'

/** Of one client: one for each of its environments, and some to change from one to the next. */
export const MAX_STREAMS_PER_CLIENT = 10

/** A stream on which more waits is disabled: its receiver does not listen. */
export const MAX_PENDING = 10_000
/** What nobody fetched in this time is given up, and the stream is disabled to say so. */
export const RETENTION: Duration = days(7)

/** SSF §8.1.1, `min_verification_interval`. */
export const VERIFICATION_INTERVAL: Duration = minutes(1)

/** RFC 8936 §2.4: sets in one answer. */
export const MAX_POLLED = 100
/** A poll that may wait is answered after this time at the latest; proxies wait longer. */
export const POLL_WAIT: Duration = seconds(5)
export const POLL_INTERVAL: Duration = seconds(1)
/** Polls that wait on one node; who comes then is answered at once. */
export const MAX_WAITING_POLLS = 100

/**
 * One job for each change and stream, written with the events. It pushes all that waits; repetitions
 * after a failure are jobs of their own, so these attempts are for crashes only.
 */
export const PUSH_QUEUE: Queue = {
  name: 'push-signals',
  retryLimit: 10,
  retryDelay: seconds(30),
  retryDelayMax: minutes(5),
  expiresAfter: minutes(4),
  heartbeat: seconds(30),
}
/** Streams that one node pushes on side by side. */
export const PUSHES_AT_ONCE = 10
/**
 * Of these, streams of one tenant. Attack: a receiver with many streams answers each push as late as
 * it may, and those of all other tenants wait.
 */
export const PUSHES_OF_A_TENANT = 2
export const PUSH_BATCH = 10
export const PUSH_TIMEOUT: Duration = seconds(10)
/** Longer than one push and what is noted of it; moved on with each. */
export const CLAIM_LIFETIME: Duration = minutes(1)
/**
 * A run that took longer hands the rest to another one, behind those that wait already: receivers of
 * the same tenant get their turn. Well below `expiresAfter`.
 */
export const RUN_LIMIT: Duration = seconds(30)
/** How long the events of a suspended tenant wait before the next look. */
export const SUSPENDED_DELAY: Duration = minutes(10)

const FIRST_RETRY: Duration = seconds(15)
const LAST_RETRY: Duration = hours(1)
/** Without a success for this long, the stream is paused and its events wait. */
export const PAUSE_AFTER: Duration = days(1)

/**
 * How long to wait after that many failures: twice as long each time, and up to half of it more.
 * @param jitter 0 to 1, so that streams that failed together do not come back together
 */
export function retryDelay(failures: number, jitter: number): Duration {
  const doubled = FIRST_RETRY.milliseconds * 2 ** Math.min(failures - 1, 20)
  const base = Math.min(doubled, LAST_RETRY.milliseconds)
  return { milliseconds: Math.round(base * (1 + jitter / 2)) }
}
