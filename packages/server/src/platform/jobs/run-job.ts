import type { JobResult, JobWithMetadata } from 'pg-boss'
import type { Clock } from '../../kernel/index.ts'
import type { Logger } from '../telemetry/index.ts'
import type { JobData } from './enqueue-job.ts'

export interface JobRun {
  readonly id: string
  readonly data: JobData
  /** 1 for the first run. */
  readonly attempt: number
  /** True if a failure of this run is final. */
  readonly isLastAttempt: boolean
  /** Aborted when the process begins to stop: end at the next good place, by throwing. */
  readonly signal: AbortSignal
}

/** Must bear running twice: a process can end between the work and the note that it was done. */
export type JobHandler = (run: JobRun) => Promise<void>

export interface RunnerOptions {
  readonly logger: Logger
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Runs a batch side by side; each job succeeds or fails by itself. */
export function runJobs(
  jobs: readonly JobWithMetadata<JobData>[],
  handler: JobHandler,
  options: RunnerOptions,
): Promise<JobResult[]> {
  return Promise.all(jobs.map((job) => runJob(job, handler, options)))
}

async function runJob(
  job: JobWithMetadata<JobData>,
  handler: JobHandler,
  { logger, clock, signal }: RunnerOptions,
): Promise<JobResult> {
  const attempt = job.retryCount + 1
  const isLastAttempt = job.retryCount >= job.retryLimit
  const fields = { jobName: job.data['task'] ?? job.name, jobId: job.id, attempt }
  const startedAt = clock.now().getTime()
  try {
    await handler({ id: job.id, data: job.data, attempt, isLastAttempt, signal })
    logger.debug('job.done', { ...fields, durationMs: clock.now().getTime() - startedAt })
    return { id: job.id, status: 'completed' }
  } catch (err) {
    // SECURITY: the error goes to our log, which drops messages, and not to pg-boss, which would
    // store it whole: messages of mail servers and drivers quote addresses and values.
    const event = isLastAttempt ? 'job.failed' : 'job.retried'
    logger[isLastAttempt ? 'error' : 'warn'](event, { ...fields, err })
    return { id: job.id, status: 'failed' }
  }
}
