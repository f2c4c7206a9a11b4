import { type Duration, seconds } from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../db/index.ts'
import { type Queue, toQueueSettings } from './queue.ts'

/**
 * Ids and names only: at most 64 of `A-Z a-z 0-9 _ -`. Whoever reads the job tables, which have no
 * row-level security, must learn nothing of a tenant.
 */
export type JobData = Readonly<Record<string, string>>

export interface EnqueueOptions {
  /** The job does not run earlier; default: at once. */
  readonly delay?: Duration
  /** With an exclusive queue: a job of the same key that waits or runs makes this one superfluous. */
  readonly key?: string
  /** An id: whose job it is, where a queue is worked on `perGroup`. */
  readonly group?: string
}

/**
 * Writes the job in the caller's transaction, so it exists if and only if that commits. It is
 * written here and not by pg-boss's `send()`, which may read the queue on a second connection:
 * inside a transaction of the embedded database that would wait for itself.
 * @throws TypeError if `data` is more than ids
 */
export async function enqueueJob(
  tx: Tx,
  queue: Queue,
  data: JobData,
  options: EnqueueOptions = {},
): Promise<void> {
  checkData(data)
  if (options.group !== undefined) checkData({ group: options.group })
  const insert = insertJob(queue, data, options)
  const { known } = (await tx.first(insert)) ?? { known: false }
  if (known) return
  // The first job of a new queue may come before any worker has started.
  await tx.run(createQueue(queue))
  await tx.run(insert)
}

function insertJob(
  queue: Queue,
  data: JobData,
  { delay = seconds(0), key, group }: EnqueueOptions,
): Statement<{ known: boolean }> {
  const delaySeconds = delay.milliseconds / 1000
  return sql`
    WITH queue AS (SELECT * FROM pgboss.queue WHERE name = ${queue.name}),
    job AS (
      INSERT INTO pgboss.job
             (name, data, singleton_key, group_id, policy, start_after, keep_until, expire_seconds,
              deletion_seconds, retry_limit, retry_delay, retry_backoff, retry_delay_max,
              heartbeat_seconds)
      SELECT name, ${JSON.stringify(data)}::jsonb, ${key ?? null}::text, ${group ?? null}::text, policy,
             now() + ${delaySeconds}::float8 * interval '1 second',
             now() + (${delaySeconds}::float8 + retention_seconds) * interval '1 second',
             expire_seconds, deletion_seconds, retry_limit, retry_delay, retry_backoff,
             retry_delay_max, heartbeat_seconds
        FROM queue
      ON CONFLICT DO NOTHING)
    SELECT EXISTS (SELECT FROM queue) AS known`
}

function createQueue(queue: Queue): Statement {
  return sql`
    SELECT pgboss.create_queue(${queue.name}, ${JSON.stringify(toQueueSettings(queue))}::jsonb)`
}

function checkData(data: JobData): void {
  const isIds = Object.values(data).every((value) => /^[\w-]{1,64}$/.test(value))
  if (!isIds) throw new TypeError('a job carries ids only')
}
