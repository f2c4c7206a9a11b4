import { seconds } from '../../kernel/index.ts'
import { errors } from './errors.ts'
import type { JobReply, JobRequest } from './job-message.ts'
import { type Pin, pinOf } from './pin-to-core.ts'
import { type SlotJob, WorkerSlot } from './worker-slot.ts'

export interface WorkerPoolStats {
  /** Living worker processes. */
  readonly workers: number
  /** Jobs being computed. */
  readonly running: number
  /** Jobs waiting for a worker. */
  readonly queued: number
  /** Jobs refused since the start: queue full, waited too long, worker lost, or pool closed. */
  readonly shed: number
}

export interface WorkerPoolLimits {
  /** Processes that hash. */
  readonly workers: number
  /** Jobs that may wait. */
  readonly queueLimit: number
  /** How the worker of a slot is kept on one core; undefined: it is not. */
  readonly pin?: (slot: number) => Pin | undefined
}

interface WaitingJob extends SlotJob {
  waitTimer: NodeJS.Timeout | undefined
}

/** Child processes behind one queue, first come, first served; what does not fit is shed. */
export class WorkerPool {
  readonly #slots: readonly WorkerSlot[]
  readonly #queueLimit: number
  readonly #queue: WaitingJob[] = []
  #shed = 0
  #closed = false
  #onIdle: (() => void) | undefined

  constructor({ workers, queueLimit, pin = pinOf }: WorkerPoolLimits) {
    this.#queueLimit = queueLimit
    this.#slots = Array.from(
      { length: workers },
      (_, slot) =>
        new WorkerSlot(
          () => pin(slot),
          () => this.#dispatch(),
        ),
    )
  }

  /** @throws AppError `overloaded` */
  run(request: JobRequest): Promise<JobReply> {
    if (this.#closed) return Promise.reject(this.#refusal('password hashing is closed'))
    if (this.#queue.length >= this.#queueLimit && !this.#slots.some((slot) => slot.isFree)) {
      return Promise.reject(this.#refusal('password queue is full'))
    }
    return new Promise((resolve, reject) => {
      const lose = () => reject(this.#refusal('password worker ended during a job'))
      const job: WaitingJob = { request, resolve, lose, waitTimer: undefined }
      job.waitTimer = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(job), 1)
        reject(this.#refusal('no password worker became free in time'))
      }, QUEUE_WAIT_LIMIT.milliseconds)
      this.#queue.push(job)
      this.#dispatch()
    })
  }

  stats(): WorkerPoolStats {
    return {
      workers: this.pids().length,
      running: this.#slots.filter((slot) => slot.isRunning).length,
      queued: this.#queue.length,
      shed: this.#shed,
    }
  }

  /** Process ids of the living workers. */
  pids(): readonly number[] {
    return this.#slots.flatMap((slot) => slot.pid ?? [])
  }

  /** Takes nothing new, lets accepted jobs end, then stops the workers. */
  async close(): Promise<void> {
    this.#closed = true
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
      this.#dispatch()
    })
    await Promise.all(this.#slots.map((slot) => slot.close()))
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      if (!slot.isFree) continue
      const job = this.#queue.shift()
      if (job === undefined) break
      clearTimeout(job.waitTimer)
      slot.start(job)
    }
    if (this.#queue.length === 0 && !this.#slots.some((slot) => slot.isRunning)) this.#onIdle?.()
  }

  #refusal(internal: string): Error {
    this.#shed += 1
    return errors.overloaded({ retryAfter: RETRY_AFTER, internal })
  }
}

const RETRY_AFTER = seconds(2)
const QUEUE_WAIT_LIMIT = seconds(10)
