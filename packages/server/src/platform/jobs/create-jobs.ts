import type { JobWithMetadata, PgBoss } from 'pg-boss'
import { type Clock, type Duration, minutes, seconds, toSeconds } from '../../kernel/index.ts'
import type { Database, Tx } from '../db/index.ts'
import type { Logger } from '../telemetry/index.ts'
import { enqueueJob, type EnqueueOptions, type JobData } from './enqueue-job.ts'
import { type Queue, toQueueSettings } from './queue.ts'
import { type JobHandler, runJobs } from './run-job.ts'

/** Work that survives the process: kept in the database, run by one node, repeated on failure. */
export interface Jobs {
  /** Names who does the jobs of a queue. Before `start()`. */
  work(queue: Queue, handler: JobHandler, options?: WorkOptions): void
  /**
   * Runs `handler` by a cron expression (UTC, minutes at the finest) on one node at a time. A run
   * that is due while the last one still runs is left out. Before `start()`.
   */
  schedule(name: string, cron: string, handler: JobHandler): void
  /** Asks for a scheduled task now; it runs on any node, within some seconds. */
  runScheduled(name: string): Promise<void>
  /** Works before `start()` too, for processes that only hand work over. */
  enqueue(tx: Tx, queue: Queue, data: JobData, options?: EnqueueOptions): Promise<void>
  /** Calls `hook` when the jobs stop, and waits for it. */
  onStop(hook: () => Promise<void>): void
  start(): Promise<void>
  /** Takes no new job and waits for the running ones, `graceful` at most (default 10 s). */
  stop(graceful?: Duration): Promise<void>
}

export interface WorkOptions {
  /** Jobs that this node runs side by side; default 1. */
  readonly concurrency?: number
  /**
   * Of these, jobs of one `group` at most, below half of them: then slow ones of a group leave
   * workers to the others. A job beyond it waits in the queue, and that is no failed run.
   */
  readonly perGroup?: number
}

export interface JobsOptions {
  readonly database: Database
  readonly logger: Logger
  readonly clock: Clock
  /** Whether scheduled tasks run by the clock of the machine (default), or when asked for only. */
  readonly runsSchedule?: boolean | undefined
  /** How often each queue is looked at, at least 0.5 s; default 5 s. */
  readonly pollInterval?: Duration
  /** How often jobs of processes that are gone are looked for; default 1 minute. */
  readonly recoveryInterval?: Duration
}

export function createJobs(options: JobsOptions): Jobs {
  const workers: Worker[] = []
  const tasks = new Map<string, ScheduledTask>()
  const hooks: (() => Promise<void>)[] = []
  const stopping = new AbortController()
  let boss: PgBoss | undefined
  return {
    work: (queue, handler, { concurrency = 1, perGroup } = {}) => {
      workers.push({ queue, handler, concurrency, perGroup })
    },
    schedule: (name, cron, handler) => {
      tasks.set(name, { cron, handler })
    },
    runScheduled: async (name) => {
      if (!tasks.has(name)) throw new Error(`no scheduled task \`${name}\``)
      await options.database.withoutTenant((tx) =>
        enqueueJob(tx, SCHEDULED, { task: name }, { key: name }),
      )
    },
    enqueue: enqueueJob,
    onStop: (hook) => {
      hooks.push(hook)
    },
    start: async () => {
      if (boss !== undefined) throw new Error('the jobs have been started already')
      const { runsSchedule = true } = options
      boss = await createBoss(options, runsSchedule && tasks.size > 0)
      await boss.start()
      if (tasks.size > 0) {
        const handler = runTaskOf(tasks)
        workers.push({ queue: SCHEDULED, handler, concurrency: 1, perGroup: undefined })
      }
      for (const worker of workers) await startWorker(boss, worker, options, stopping.signal)
      if (tasks.size > 0) await storeSchedules(boss, tasks)
    },
    stop: async (graceful = seconds(10)) => {
      stopping.abort()
      const hooked = Promise.all(hooks.map((hook) => hook()))
      await boss?.stop({ graceful: true, timeout: graceful.milliseconds, close: false })
      await hooked
    },
  }
}

interface Worker {
  readonly queue: Queue
  readonly handler: JobHandler
  readonly concurrency: number
  readonly perGroup: number | undefined
}

interface ScheduledTask {
  readonly cron: string
  readonly handler: JobHandler
}

async function createBoss(options: JobsOptions, hasSchedule: boolean): Promise<PgBoss> {
  // Loaded here, so that a process that runs no jobs starts a tenth of a second earlier.
  const { PgBoss } = await import('pg-boss')
  const recoverySeconds = toSeconds(options.recoveryInterval ?? minutes(1))
  const boss = new PgBoss({
    db: options.database.jobExecutor,
    backend: options.database.kind === 'embedded' ? 'pglite' : 'postgres',
    schema: 'pgboss',
    // The tables belong to the owner role; here it only checks that they have its version.
    migrate: false,
    createSchema: false,
    reindex: false,
    monitorVacuum: false,
    registerInstance: false,
    schedule: hasSchedule,
    cronWorkerIntervalSeconds: 15,
    superviseIntervalSeconds: recoverySeconds,
    monitorIntervalSeconds: recoverySeconds,
    // We have no flows, and the longest pause is the cheapest.
    flowIntervalSeconds: 3600,
  })
  boss.on('error', (err) => options.logger.warn('jobs.error', { err }))
  boss.on('warning', ({ data }) => {
    const type = (data as { type?: unknown } | undefined)?.type
    options.logger.warn('jobs.warning', { reason: typeof type === 'string' ? type : 'unknown' })
  })
  return boss
}

async function startWorker(
  boss: PgBoss,
  { queue, handler, ...share }: Worker,
  { logger, clock, pollInterval = seconds(5) }: JobsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { policy, ...settings } = toQueueSettings(queue)
  await boss.createQueue(queue.name, { policy, ...settings })
  // A queue that was there before gets the rules of this release.
  await boss.updateQueue(queue.name, settings)
  await boss.work(
    queue.name,
    {
      ...toFetching(share),
      burstWhenBatchFull: true,
      includeMetadata: true,
      perJobResults: true,
      pollingIntervalSeconds: pollInterval.milliseconds / 1000,
    },
    (jobs: JobWithMetadata<JobData>[]) => runJobs(jobs, handler, { logger, clock, signal }),
  )
}

/**
 * A batch ends with its slowest job, and nothing is fetched before. So where groups must not wait
 * for each other, jobs are fetched by several workers: by twos, since a batch of one never is
 * followed by the next at once.
 */
function toFetching({ concurrency, perGroup }: Pick<Worker, 'concurrency' | 'perGroup'>) {
  if (perGroup === undefined) return { batchSize: concurrency }
  const workers = Math.ceil(concurrency / 2)
  return { batchSize: 2, localConcurrency: workers, localGroupConcurrency: perGroup }
}

async function storeSchedules(boss: PgBoss, tasks: ReadonlyMap<string, ScheduledTask>) {
  for (const [name, { cron }] of tasks) {
    await boss.schedule(SCHEDULED.name, cron, { task: name }, { key: name, singletonKey: name })
  }
  for (const { key } of await boss.getSchedules(SCHEDULED.name)) {
    if (!tasks.has(key)) await boss.unschedule(SCHEDULED.name, key)
  }
}

function runTaskOf(tasks: ReadonlyMap<string, ScheduledTask>): JobHandler {
  return async (run) => {
    // During an upgrade another release may have asked for a task that this one does not know.
    await tasks.get(run.data['task'] ?? '')?.handler(run)
  }
}

/** All scheduled tasks share it: one look at the database serves them all. */
const SCHEDULED: Queue = {
  name: 'scheduled',
  retryLimit: 2,
  retryDelay: minutes(1),
  retryDelayMax: minutes(10),
  expiresAfter: minutes(60),
  heartbeat: minutes(1),
  exclusive: true,
}
