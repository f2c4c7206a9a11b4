import { type Duration, toSeconds } from '../../kernel/index.ts'

/** The rules of one kind of job. They are constants of the code that owns the kind. */
export interface Queue {
  readonly name: string
  /** How often a failed run is repeated; 0 to 20. */
  readonly retryLimit: number
  /** Before the first repetition; each further pause is about twice as long. */
  readonly retryDelay: Duration
  readonly retryDelayMax: Duration
  /** A run that takes longer counts as failed. Whole seconds. */
  readonly expiresAfter: Duration
  /**
   * A running job says so this often (at least 10 s); one that fell silent, because its process
   * is gone, is taken over. Without it, that happens after `expiresAfter`.
   */
  readonly heartbeat?: Duration
  /** At most one job of each `key` waits or runs, on all nodes together. */
  readonly exclusive?: boolean
}

/** The options by which pg-boss makes a queue, a row of `pgboss.queue`. */
export interface QueueSettings {
  readonly policy: 'exclusive' | 'standard'
  readonly retryLimit: number
  readonly retryDelay: number
  readonly retryBackoff: true
  readonly retryDelayMax: number
  readonly expireInSeconds: number
  readonly retentionSeconds: number
  readonly deleteAfterSeconds: number
  readonly heartbeatSeconds?: number
}

export function toQueueSettings(queue: Queue): QueueSettings {
  return {
    policy: queue.exclusive === true ? 'exclusive' : 'standard',
    retryLimit: queue.retryLimit,
    retryDelay: toSeconds(queue.retryDelay),
    retryBackoff: true,
    retryDelayMax: toSeconds(queue.retryDelayMax),
    expireInSeconds: toSeconds(queue.expiresAfter),
    retentionSeconds: RETENTION_SECONDS,
    deleteAfterSeconds: DELETE_AFTER_SECONDS,
    ...(queue.heartbeat === undefined ? {} : { heartbeatSeconds: toSeconds(queue.heartbeat) }),
  }
}

/** A job that nobody ran for two weeks is dropped. */
const RETENTION_SECONDS = 14 * 24 * 3600
/** Finished jobs are kept for a day, to see what happened. */
const DELETE_AFTER_SECONDS = 24 * 3600
