import { days, minutes, seconds } from '../../kernel/index.ts'
import type { Queue } from '../jobs/index.ts'

/**
 * About four hours of attempts: greylisting and an ordinary outage of the mail server pass. More
 * would deliver links that have expired.
 */
export const OUTBOX_QUEUE: Queue = {
  name: 'outbox',
  retryLimit: 9,
  retryDelay: seconds(30),
  retryDelayMax: minutes(120),
  expiresAfter: minutes(2),
}

/**
 * The job comes second: this node tries at once (`createNudge`), and the job looks whether that
 * succeeded.
 */
export const JOB_DELAY = seconds(5)

/** Longer than all time-outs of the SMTP transport together, and not longer than a job may run. */
export const CLAIM_LIFETIME = minutes(2)

/** How long the mail of a suspended tenant waits before the next look. */
export const SUSPENDED_DELAY = minutes(10)

/** What could not be delivered in this time is given up and erased. */
export const UNDELIVERED_LIFETIME = days(3)

/** Settled rows hold no content; they are kept to answer whether a mail was sent. */
export const SETTLED_LIFETIME = days(30)

/** Mails that one node delivers side by side. */
export const DELIVERIES_AT_ONCE = 5
