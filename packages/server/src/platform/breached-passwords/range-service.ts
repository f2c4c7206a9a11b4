import { type Clock, hours, type Secret } from '../../kernel/index.ts'
import type { Egress } from '../egress/index.ts'
import type { BreachedPasswords } from './breached-passwords.ts'
import { RangeCache } from './range-cache.ts'
import { sha1OfPassword } from './sha1-of-password.ts'

export interface RangeServiceOptions {
  readonly egress: Egress
  readonly clock: Clock
  /** Without the `/range/…`. */
  readonly url: string
}

/**
 * Asks a service with the range API of Have I Been Pwned.
 *
 * SECURITY: k-anonymity. Five of forty digits leave the process, which hundreds of known passwords
 * share; padding hides from an observer of the encrypted answer which range it was.
 * @see https://haveibeenpwned.com/API/v3#PwnedPasswords
 */
export function createRangeService({ egress, clock, url }: RangeServiceOptions): BreachedPasswords {
  const cache = new RangeCache({ clock, lifetime: RANGE_LIFETIME, limit: CACHED_RANGES })
  return {
    isBreached: async (password: Secret<string>) => {
      const hash = sha1OfPassword(password)
      const prefix = hash.slice(0, PREFIX_LENGTH)
      const range = await cache.get(prefix, () => fetchRange(egress, `${url}/range/${prefix}`))
      return range.includes(`\n${hash.slice(PREFIX_LENGTH)}\n`)
    },
    close: async () => undefined,
  }
}

/** @returns the rest of each known hash on a line of its own, with a line break on either side */
async function fetchRange(egress: Egress, url: string): Promise<string> {
  const answer = await egress.get(url, {
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_RANGE_BYTES,
    headers: { 'Add-Padding': 'true' },
  })
  if (answer.status !== 200) throw new Error(`range service answered ${answer.status}`)
  const known: string[] = []
  for (const line of answer.body.toString('latin1').trimEnd().split(/\r?\n/)) {
    const { rest, count } = RANGE_LINE.exec(line)?.groups ?? {}
    // An answer of another form (a sign-in page of a proxy) would make every password a good one.
    if (rest === undefined) throw new Error('range service answered in an unknown form')
    // Padding has the count 0.
    if (Number(count) > 0) known.push(rest.toUpperCase())
  }
  return `\n${known.join('\n')}\n`
}

const PREFIX_LENGTH = 5
const RANGE_LINE = /^(?<rest>[0-9A-Fa-f]{35}):(?<count>\d{1,15})$/
/** Somebody waits for the answer. */
const TIMEOUT_MS = 1500
/** The largest range has about 50 KB with padding. */
const MAX_RANGE_BYTES = 262_144
const RANGE_LIFETIME = hours(24)
/** About 40 KB each. */
const CACHED_RANGES = 256
