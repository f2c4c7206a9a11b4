import { createHash, createHmac } from 'node:crypto'
import type { Secret } from '../../kernel/index.ts'
import { errors } from './errors.ts'
import type { ForeignHash } from './foreign-hash.ts'
import type { JobRequest } from './job-message.ts'
import {
  type Argon2Cost,
  formatStoredHash,
  makeDecoyPhc,
  type OwnHash,
  parseStoredHash,
} from './stored-hash.ts'
import { WorkerPool, type WorkerPoolLimits, type WorkerPoolStats } from './worker-pool.ts'

export interface PasswordHasherOptions extends Argon2Cost, WorkerPoolLimits {
  /**
   * Key kept outside the database. What goes into Argon2id is then HMAC-SHA256(pepper, password):
   * a stolen database alone can not be searched.
   */
  readonly pepper?: Secret<Uint8Array> | undefined
  /** Earlier peppers: they verify, and the hash is to be renewed. */
  readonly previousPeppers?: readonly Secret<Uint8Array>[]
}

export interface PasswordVerification {
  readonly matches: boolean
  /**
   * Made with other parameters or another pepper than today's, or by another system; only ever
   * true with `matches`.
   */
  readonly needsRehash: boolean
}

export interface PasswordHasher {
  /**
   * Makes a new hash for the database: a PHC string behind `v1$<flags>`.
   * @throws AppError `overloaded`
   */
  hash(password: Secret<string>): Promise<string>
  /**
   * SECURITY: account enumeration by timing. A hash of another system takes the time of its own
   * parameters, so a wrong password for an imported account can be told from one for nobody. It
   * reaches imported accounts until their first sign-in. Accepted: a decoy of every cost would
   * make all sign-ins as slow as the slowest import.
   * @param stored from `hash`, `decoyHash` or `parseImportedHash`
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
      const reply = await pool.run({ job: { kind: 'hash', cost }, input })
      if (!('phc' in reply)) throw new Error('password worker could not hash')
      return formatStoredHash(reply.phc, pepperId)
    },
    verify: async (password, text) => {
      const stored = parseStoredHash(text)
      if (stored === undefined) throw unusable('stored password hash is malformed or too costly')
      if (stored.kind !== 'own') {
        const matches = await runVerification(pool, foreignJobOf(stored, password))
        return { matches, needsRehash: matches }
      }
      const key = stored.pepperId === undefined ? undefined : peppers.get(stored.pepperId)
      if (stored.pepperId !== undefined && key === undefined) {
        throw unusable(`pepper ${stored.pepperId} of a stored hash is not configured`)
      }
      const input = prepare(password.reveal().normalize('NFC'), key)
      const matches = await runVerification(pool, {
        job: { kind: 'verify', phc: stored.phc },
        input,
      })
      const isCurrent = hasCost(stored, cost) && stored.pepperId === pepperId
      return { matches, needsRehash: matches && !isCurrent }
    },
    stats: () => pool.stats(),
    pids: () => pool.pids(),
    close: () => pool.close(),
  }
}

async function runVerification(pool: WorkerPool, request: JobRequest): Promise<boolean> {
  const reply = await pool.run(request)
  if (!('matches' in reply)) throw unusable('password worker could not verify')
  return reply.matches
}

/** Another system hashed the password as received, unless it says otherwise; without a pepper. */
function foreignJobOf(hash: ForeignHash, password: Secret<string>): JobRequest {
  const text = password.reveal()
  const input = Buffer.from(hash.kind === 'scrypt' && hash.nfkc ? text.normalize('NFKC') : text)
  if (hash.kind === 'argon2') return { job: { kind: 'verify', phc: hash.phc }, input }
  return { job: { kind: 'verify_foreign', hash }, input }
}

/** The whole password goes in: nothing is trimmed or cut. */
function prepare(password: string, pepper: Secret<Uint8Array> | undefined): Uint8Array {
  if (pepper === undefined) return Buffer.from(password)
  const mac = createHmac('sha256', pepper.reveal()).update(password).digest('base64')
  // As text: `verifySync` of @node-rs/argon2 takes nothing but valid UTF-8.
  return Buffer.from(mac)
}

function hasCost(stored: OwnHash, cost: Argon2Cost): boolean {
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
