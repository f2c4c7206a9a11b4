import { type ChildProcess, fork, spawn, type StdioOptions } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seconds } from '../../kernel/index.ts'
import type { JobReply, JobRequest } from './job-message.ts'
import type { Pin } from './pin-to-core.ts'

export interface SlotJob {
  readonly request: JobRequest
  readonly resolve: (reply: JobReply) => void
  /** The worker was lost with the job; nobody knows its result. */
  readonly lose: () => void
}

/** One child process, replaced when it dies, that computes one job at a time. */
export class WorkerSlot {
  readonly #onChange: () => void
  readonly #pin: () => Pin | undefined
  #child: ChildProcess | undefined
  #job: SlotJob | undefined
  #jobTimer: NodeJS.Timeout | undefined
  #respawnTimer: NodeJS.Timeout | undefined
  /** In a row, without a finished job. */
  #deaths = 0
  #closed = false

  /** @param onChange called when the slot may have become free or idle */
  constructor(pin: () => Pin | undefined, onChange: () => void) {
    this.#pin = pin
    this.#onChange = onChange
    this.#spawn()
  }

  get isRunning(): boolean {
    return this.#job !== undefined
  }

  get isFree(): boolean {
    return this.#job === undefined && this.#child?.connected === true
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Only when `isFree`. */
  start(job: SlotJob): void {
    const child = this.#child
    this.#job = job
    // A stopped or stuck worker would keep its job and its slot for ever.
    this.#jobTimer = setTimeout(() => child?.kill('SIGKILL'), JOB_LIMIT.milliseconds)
    child?.send(job.request, (error) => {
      if (error !== null) child.kill('SIGKILL')
    })
  }

  /** Only when not `isRunning`. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#respawnTimer)
    const child = this.#child
    if (child === undefined) return
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
    })
    child.kill('SIGKILL')
    await exited
  }

  #spawn(): void {
    // What died at once may have died of the pin: a system may forbid it.
    const child = forkWorker(this.#deaths === 0 ? this.#pin() : undefined)
    this.#child = child
    child.on('message', (reply: JobReply) => {
      this.#deaths = 0
      this.#takeJob()?.resolve(reply)
      this.#onChange()
    })
    child.once('disconnect', () => child.kill('SIGKILL'))
    child.once('error', () => this.#died(child))
    child.once('exit', () => this.#died(child))
    // Jobs can be sent before the child is up: the channel keeps them.
    queueMicrotask(this.#onChange)
  }

  #died(child: ChildProcess): void {
    if (this.#child !== child) return
    this.#child = undefined
    this.#takeJob()?.lose()
    if (!this.#closed) {
      const delay = Math.min(FIRST_RESPAWN_MS * 2 ** this.#deaths, LAST_RESPAWN_MS)
      this.#respawnTimer = setTimeout(() => this.#spawn(), delay)
    }
    this.#deaths += 1
    this.#onChange()
  }

  #takeJob(): SlotJob | undefined {
    const job = this.#job
    this.#job = undefined
    clearTimeout(this.#jobTimer)
    job?.request.input.fill(0)
    return job
  }
}

/** `.ts` from the source tree, `.js` from `dist`: the worker stands beside this file. */
function forkWorker(pin: Pin | undefined): ChildProcess {
  const worker = new URL(`./password-worker${extname(import.meta.url)}`, import.meta.url)
  const file = fileURLToPath(worker)
  const stdio: StdioOptions = ['ignore', 'ignore', 'inherit', 'ipc']
  // The child needs none of our secrets, and no debugger or loader of the parent.
  const options = { env: {}, serialization: 'advanced', stdio } as const
  if (pin === undefined) return fork(file, { ...options, execArgv: [] })
  return spawn(pin.file, [...pin.args, process.execPath, file], options)
}

const JOB_LIMIT = seconds(30)
const FIRST_RESPAWN_MS = 50
const LAST_RESPAWN_MS = 5000
