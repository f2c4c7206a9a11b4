import { randomBytes } from 'node:crypto'
import { type ForeignHash, readForeignHash } from './foreign-hash.ts'

export interface Argon2Cost {
  /** KiB. */
  readonly memoryKib: number
  readonly iterations: number
  readonly parallelism: number
}

/**
 * A password hash of our own in the database: `v1$<flags>$argon2id$v=19$m=…,t=…,p=…$salt$tag`.
 * Flags: `nfc` = the password was brought to Unicode NFC first; `pepper=<id>` = what went into
 * Argon2id is HMAC-SHA256(pepper, password) in base64.
 */
export interface OwnHash extends Argon2Cost {
  readonly kind: 'own'
  /** Which pepper went in; undefined without one. */
  readonly pepperId: string | undefined
  /** What Argon2 implementations read. */
  readonly phc: string
}

/**
 * Attack: a planted or imported hash with absurd parameters costs gigabytes or minutes at each
 * sign-in. So the parameters are bounded before anything is computed.
 * @returns undefined unless it is an argon2id hash of ours within 1 GiB, 20 passes, 16 lanes, or a
 * hash of another system within the bounds of `readForeignHash`
 */
export function parseStoredHash(text: string): OwnHash | ForeignHash | undefined {
  const groups = OWN.exec(text)?.groups
  if (groups === undefined) {
    const foreign = readForeignHash(text)
    return typeof foreign === 'string' ? undefined : foreign
  }
  const cost = {
    memoryKib: Number(groups['m']),
    iterations: Number(groups['t']),
    parallelism: Number(groups['p']),
  }
  if (!isWithinBounds(cost)) return undefined
  return { kind: 'own', ...cost, pepperId: groups['pepper'], phc: groups['phc'] ?? '' }
}

/** Whether `verify` could compute this hash. */
export function isUsablePasswordHash(text: string): boolean {
  return parseStoredHash(text) !== undefined
}

export function formatStoredHash(phc: string, pepperId: string | undefined): string {
  return `v1$nfc${pepperId === undefined ? '' : `,pepper=${pepperId}`}${phc}`
}

/** A hash of these costs that no password has: salt and tag are random. */
export function makeDecoyPhc(cost: Argon2Cost): string {
  const salt = unpaddedBase64(randomBytes(16))
  const tag = unpaddedBase64(randomBytes(32))
  const parameters = `m=${cost.memoryKib},t=${cost.iterations},p=${cost.parallelism}`
  return `$argon2id$v=19$${parameters}$${salt}$${tag}`
}

function isWithinBounds(cost: Argon2Cost): boolean {
  const { memoryKib, iterations, parallelism } = cost
  if (iterations < 1 || iterations > MAX_ITERATIONS) return false
  if (parallelism < 1 || parallelism > MAX_PARALLELISM) return false
  // RFC 9106 §3.1: memory is at least 8 blocks per lane.
  return memoryKib >= 8 * parallelism && memoryKib <= MAX_MEMORY_KIB
}

function unpaddedBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}

const MAX_MEMORY_KIB = 1_048_576
const MAX_ITERATIONS = 20
const MAX_PARALLELISM = 16

/** PHC string format; salt of 8 to 64 bytes, tag of 16 to 64 bytes. */
const PHC =
  '\\$argon2id\\$v=19\\$m=(?<m>\\d{1,7}),t=(?<t>\\d{1,2}),p=(?<p>\\d{1,2})' +
  '\\$[A-Za-z0-9+/]{11,86}\\$[A-Za-z0-9+/]{22,86}'
const OWN = new RegExp(`^v1\\$nfc(?:,pepper=(?<pepper>[0-9a-f]{8}))?(?<phc>${PHC})$`)
