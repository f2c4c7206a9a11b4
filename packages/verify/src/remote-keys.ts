import { BoundedMap } from './bounded-map.ts'
import type { Clock } from './clock.ts'
import type { FetchBudget } from './fetch-budget.ts'
import { fetchKeySet } from './fetch-key-set.ts'
import type { FetchKeySetOptions } from './fetch-key-set.ts'
import type { KeySet, KeySource } from './key-set.ts'
import type { VerificationKey } from './verification-key.ts'
import { VerifyError } from './verify-error.ts'

/** How long fetched keys live. All optional; the defaults suit most services. */
export interface JwksCacheOptions {
  /** Seconds after which keys are fetched before use, at 80 % in the background. Default 600. */
  readonly maxAgeSeconds?: number | undefined
  /**
   * Seconds for which known keys still serve while the endpoint fails. Default 86 400.
   * WARNING: an emergency revocation of a key does not reach a verifier that can't fetch.
   */
  readonly staleIfErrorSeconds?: number | undefined
  /** Seconds between two fetches for one issuer. Default 30. */
  readonly cooldownSeconds?: number | undefined
  /** Milliseconds for one fetch, body included. Default 5 000. */
  readonly timeoutMilliseconds?: number | undefined
}

export interface RemoteKeysOptions extends Omit<FetchKeySetOptions, 'timeoutMilliseconds'> {
  readonly clock: Clock
  /** Address of an issuer's key set. */
  readonly uriOf: (issuer: string) => string
  readonly cache?: JwksCacheOptions | undefined
  /** Spent by issuers whose keys we never had; issuers we know have only their cool-down. */
  readonly newcomerBudget: FetchBudget
}

interface IssuerState {
  keys: KeySet | undefined
  fetchedAt: number
  attemptedAt: number
  outcome: 'none' | 'found' | 'absent' | 'failed'
  inFlight: Promise<void> | undefined
}

/**
 * Finds keys at the issuers' own JWKS addresses: cached, one fetch at a time per issuer, with a
 * cool-down, and with the last good keys while the endpoint fails.
 *
 * `findKey` fails with VerifyError `keys_unavailable` when it can't know whether the key exists.
 *
 * @throws TypeError for a cache time that is no number of 0 or more.
 */
export function createRemoteKeys(options: RemoteKeysOptions): KeySource {
  return new RemoteKeys(options)
}

class RemoteKeys implements KeySource {
  readonly #options: RemoteKeysOptions
  readonly #policy: CachePolicy
  readonly #known = new BoundedMap<string, IssuerState>(MAX_ISSUERS)
  // SECURITY: apart, so that invented issuers can push out each other but never a real one.
  readonly #newcomers = new BoundedMap<string, IssuerState>(MAX_ISSUERS)

  constructor(options: RemoteKeysOptions) {
    this.#options = options
    this.#policy = policyOf(options.cache ?? {})
  }

  findKey(
    issuer: string,
    kid: string,
  ): VerificationKey | undefined | Promise<VerificationKey | undefined> {
    const state = this.#stateOf(issuer)
    const now = this.#now()
    const fresh = isWithin(state.fetchedAt, now, this.#policy.maxAge) ? state.keys : undefined
    const found = fresh?.get(kid)?.key
    if (found === undefined) return this.#findAfterRefresh(issuer, kid, state)
    const isAging = !isWithin(state.fetchedAt, now, this.#policy.backgroundAge)
    if (isAging) void this.#refresh(issuer, state)
    return found
  }

  close(): void {
    this.#known.clear()
    this.#newcomers.clear()
  }

  async #findAfterRefresh(
    issuer: string,
    kid: string,
    state: IssuerState,
  ): Promise<VerificationKey | undefined> {
    await this.#refresh(issuer, state)
    const isUsable = isWithin(state.fetchedAt, this.#now(), this.#policy.stale)
    const found = isUsable ? state.keys?.get(kid)?.key : undefined
    if (found !== undefined) return found
    // A key we don't know may be a new one we could not fetch: that is no fault of the caller.
    if (state.outcome === 'failed') throw new VerifyError('keys_unavailable')
    return undefined
  }

  /** Its promise never rejects; during the cool-down there is none. */
  #refresh(issuer: string, state: IssuerState): Promise<void> | undefined {
    if (state.inFlight !== undefined) return state.inFlight
    if (isWithin(state.attemptedAt, this.#now(), this.#policy.cooldown)) return undefined
    if (state.keys === undefined && !this.#options.newcomerBudget.take()) {
      // SECURITY: amplification. Random tenant names would otherwise each cost an outgoing request.
      throw new VerifyError('keys_unavailable', { detail: 'too many new issuers at once' })
    }
    state.inFlight = this.#load(issuer, state)
    return state.inFlight
  }

  async #load(issuer: string, state: IssuerState): Promise<void> {
    state.attemptedAt = this.#now()
    const { fetch, algorithms, uriOf } = this.#options
    const { timeoutMilliseconds } = this.#policy
    try {
      const fetchOptions = { fetch, algorithms, timeoutMilliseconds }
      const fetched = await fetchKeySet(uriOf(issuer), fetchOptions, state.keys)
      state.outcome = fetched.kind
      if (fetched.kind === 'absent') return
      state.keys = fetched.keys
      state.fetchedAt = this.#now()
      this.#newcomers.delete(issuer)
      this.#known.set(issuer, state)
    } catch {
      // Kept as an outcome: callers then get the last good keys, or `keys_unavailable`.
      state.outcome = 'failed'
    } finally {
      state.inFlight = undefined
    }
  }

  #stateOf(issuer: string): IssuerState {
    const existing = this.#known.get(issuer) ?? this.#newcomers.get(issuer)
    if (existing !== undefined) return existing
    const state = emptyState()
    this.#newcomers.set(issuer, state)
    return state
  }

  #now(): number {
    return this.#options.clock.now().getTime()
  }
}

function emptyState(): IssuerState {
  const never = Number.NEGATIVE_INFINITY
  return {
    keys: undefined,
    fetchedAt: never,
    attemptedAt: never,
    outcome: 'none',
    inFlight: undefined,
  }
}

/** A moment in the future (the clock stepped back) is within nothing. */
function isWithin(since: number, now: number, milliseconds: number): boolean {
  const age = now - since
  return age >= 0 && age < milliseconds
}

/** All in milliseconds. */
interface CachePolicy {
  readonly maxAge: number
  readonly backgroundAge: number
  readonly stale: number
  readonly cooldown: number
  readonly timeoutMilliseconds: number
}

function policyOf(cache: JwksCacheOptions): CachePolicy {
  const maxAge = seconds('maxAgeSeconds', cache.maxAgeSeconds, 600)
  return {
    maxAge,
    backgroundAge: maxAge * 0.8,
    stale: Math.max(maxAge, seconds('staleIfErrorSeconds', cache.staleIfErrorSeconds, 86_400)),
    cooldown: seconds('cooldownSeconds', cache.cooldownSeconds, 30),
    timeoutMilliseconds: cache.timeoutMilliseconds ?? 5_000,
  }
}

function seconds(name: string, value: number | undefined, fallback: number): number {
  const chosen = value ?? fallback
  if (!Number.isFinite(chosen) || chosen < 0) throw new TypeError(`\`${name}\` must be 0 or more`)
  return chosen * 1000
}

/** Issuers whose keys are kept, and as many again that are remembered as not existing. */
const MAX_ISSUERS = 1_000
