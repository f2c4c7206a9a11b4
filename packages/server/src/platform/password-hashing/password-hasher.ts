import { createHash, createHmac } from 'node:crypto'
import type { Secret } from '../../kernel/index.ts'
import { errors } from './errors.ts'
import type { Job } from './job-message.ts'
import {
  type Argon2Cost,
  formatStoredHash,
  makeDecoyPhc,
  parseStoredHash,
  type StoredHash,
} from './stored-hash.ts'
import { WorkerPool, type WorkerPoolStats } from './worker-pool.ts'

export interface PasswordHasherOptions extends Argon2Cost {
  /**
   * Key kept outside the database. What goes into Argon2id is then HMAC-SHA256(pepper, password):
   * a stolen database alone can not be searched.
   */
  readonly pepper?: Secret<Uint8Array> | undefined
  /** Earlier peppers: they verify, and the hash is to be renewed. */
  readonly previousPeppers?: readonly Secret<Uint8Array>[]
  /** Processes that hash. */
  readonly workers: number
  /** Jobs that may wait. */
  readonly queueLimit: number
}

export interface PasswordVerification {
  readonly matches: boolean
  /** Made with other parameters or another pepper than today's; only ever true with `matches`. */
  readonly needsRehash: boolean
}

export interface PasswordHasher {
  /**
   * Makes a new hash for the database: a PHC string behind `v1$<flags>`.
   * @throws AppError `overloaded`
   */
  hash(password: Secret<string>): Promise<string>
  /**
   * @param stored from `hash`, `decoyHash`, or an imported argon2id PHC string
   * @throws AppError `overloaded`, `password_hash_unusable`
   */
  verify(password: Secret<string>, stored: string): Promise<PasswordVerification>
  /** Costs as much to verify as a new hash and matches no password: for accounts without one. */
  readonly decoyHash: string
  stats(): WorkerPoolStats
  /** Process ids of the workers. */
  pids(): readonly number[]
  /** Takes nothing new, finishes what was accepted, stops the workers. */
  close(): Promise<void>
}

/** Starts the worker processes at once; jobs may be given before they are up. */
export function createPasswordHasher(options: PasswordHasherOptions): PasswordHasher {
  const { memoryKib, iterations, parallelism, pepper } = options
  const cost = { memoryKib, iterations, parallelism }
  const peppers = new Map<string, Secret<Uint8Array>>()
  for (const key of options.previousPeppers ?? []) peppers.set(pepperIdOf(key), key)
  const pepperId = pepper === undefined ? undefined : pepperIdOf(pepper)
  if (pepper !== undefined && pepperId !== undefined) peppers.set(pepperId, pepper)
  const decoyHash = formatStoredHash(makeDecoyPhc(cost), pepperId)
  if (parseStoredHash(decoyHash) === undefined) throw new RangeError('Argon2 cost out of range')
  const pool = new WorkerPool(options)

  return {
    decoyHash,
    hash: async (password) => {
      const input = prepare(password.reveal().normalize('NFC'), pepper)
      const reply = await runJob(pool, { kind: 'hash', cost }, input)
      if (!('phc' in reply)) throw new Error('password worker could not hash')
      return formatStoredHash(reply.phc, pepperId)
    },
    verify: async (password, text) => {
      const stored = parseStoredHash(text)
      if (stored === undefined) throw unusable('stored password hash is malformed or too costly')
      const key = stored.pepperId === undefined ? undefined : peppers.get(stored.pepperId)
      if (stored.pepperId !== undefined && key === undefined) {
        throw unusable(`pepper ${stored.pepperId} of a stored hash is not configured`)
      }
      const input = prepare(readableForm(password, stored), key)
      const reply = await runJob(pool, { kind: 'verify', phc: stored.phc }, input)
      if (!('matches' in reply)) throw unusable('password worker could not verify')
      const isCurrent = hasCost(stored, cost) && stored.normalised && stored.pepperId === pepperId
      return { matches: reply.matches, needsRehash: reply.matches && !isCurrent }
    },
    stats: () => pool.stats(),
    pids: () => pool.pids(),
    close: () => pool.close(),
  }
}

function runJob(pool: WorkerPool, job: Job, input: Uint8Array) {
  return pool.run({ job, input })
}

/** The whole password goes in: nothing is trimmed or cut. */
function prepare(password: string, pepper: Secret<Uint8Array> | undefined): Uint8Array {
  if (pepper === undefined) return Buffer.from(password)
  const mac = createHmac('sha256', pepper.reveal()).update(password).digest('base64')
  // As text: `verifySync` of @node-rs/argon2 takes nothing but valid UTF-8.
  return Buffer.from(mac)
}

function readableForm(password: Secret<string>, stored: StoredHash): string {
  return stored.normalised ? password.reveal().normalize('NFC') : password.reveal()
}

function hasCost(stored: StoredHash, cost: Argon2Cost): boolean {
  return (
    stored.memoryKib === cost.memoryKib &&
    stored.iterations === cost.iterations &&
    stored.parallelism === cost.parallelism
  )
}

function unusable(internal: string): Error {
  return errors.password_hash_unusable({ internal })
}

/** Says which pepper without saying anything about it. */
function pepperIdOf(pepper: Secret<Uint8Array>): string {
  const hash = createHash('sha256').update('countersign/pepper-id/').update(pepper.reveal())
  return hash.digest('hex').slice(0, 8)
}
