import {
  AppError,
  type Clock,
  type Duration,
  isWithin,
  type TenantId,
  type TenantRef,
} from '../../kernel/index.ts'
import { databaseErrors } from '../../platform/db/index.ts'
import type { KeyRing } from './key-ring.ts'
import { FRESHNESS, MAX_CACHED_TENANTS, REFRESH_AHEAD, STALE_LIMIT } from './policy.ts'

type LoadKeyRing = (tenant: TenantRef, previous: KeyRing | undefined) => Promise<KeyRing>

interface Loaded {
  readonly ring: KeyRing
  readonly askedAt: number
}

interface Entry {
  loaded: Loaded | undefined
  loading: Promise<KeyRing> | undefined
}

/**
 * The key rings of the tenants in use. A ring serves while the tenant of the caller has no later
 * version of its keys, and for `FRESHNESS` at most; otherwise it is loaded again before it is used.
 * An older one serves up to `STALE_LIMIT` only if the database is away, one of an earlier version
 * never: it is known that something has changed.
 */
export class KeyRingCache {
  readonly #load: LoadKeyRing
  readonly #clock: Clock
  readonly #maxTenants: number
  readonly #entries = new Map<TenantId, Entry>()

  constructor(load: LoadKeyRing, clock: Clock, maxTenants = MAX_CACHED_TENANTS) {
    this.#load = load
    this.#clock = clock
    this.#maxTenants = maxTenants
  }

  /** Answers without a promise when the ring is current. */
  get(tenant: TenantRef): KeyRing | Promise<KeyRing> {
    const entry = this.#entryOf(tenant.id)
    const { loaded } = entry
    if (!this.#mayServe(loaded, tenant, FRESHNESS)) return this.#renew(entry, tenant)
    if (!this.#mayServe(loaded, tenant, REFRESH_AHEAD)) {
      // If it fails, the first use after `FRESHNESS` tries again and reports it.
      this.#refresh(entry, tenant).catch(() => undefined)
    }
    return loaded.ring
  }

  /** After a change on this node. What is loading now may be older: it is not kept. */
  forget(tenant: TenantId): void {
    this.#entries.delete(tenant)
  }

  get size(): number {
    return this.#entries.size
  }

  async #renew(entry: Entry, tenant: TenantRef): Promise<KeyRing> {
    try {
      const ring = await this.#refresh(entry, tenant)
      // Another caller began to load it, perhaps before the change that this one knows of.
      return hasVersionOf(ring, tenant) ? ring : await this.#refresh(entry, tenant)
    } catch (error) {
      const { loaded } = entry
      // A suspended tenant or a broken row is an answer, and ends the old keys at once.
      if (isDatabaseAway(error) && this.#mayServe(loaded, tenant, STALE_LIMIT)) {
        return loaded.ring
      }
      throw error
    }
  }

  #refresh(entry: Entry, tenant: TenantRef): Promise<KeyRing> {
    entry.loading ??= this.#loadInto(entry, tenant).finally(() => {
      entry.loading = undefined
    })
    return entry.loading
  }

  async #loadInto(entry: Entry, tenant: TenantRef): Promise<KeyRing> {
    const askedAt = this.#clock.now().getTime()
    const ring = await this.#load(tenant, entry.loaded?.ring)
    entry.loaded = { ring, askedAt }
    return ring
  }

  #mayServe(loaded: Loaded | undefined, tenant: TenantRef, maxAge: Duration): loaded is Loaded {
    if (loaded === undefined || !hasVersionOf(loaded.ring, tenant)) return false
    return isWithin(loaded.askedAt, this.#clock.now().getTime(), maxAge)
  }

  #entryOf(tenant: TenantId): Entry {
    const entry = this.#entries.get(tenant) ?? { loaded: undefined, loading: undefined }
    // Taken out and put back, the least recently used one comes first.
    this.#entries.delete(tenant)
    this.#entries.set(tenant, entry)
    const oldest = this.#entries.size > this.#maxTenants ? this.#entries.keys().next() : undefined
    if (oldest?.done === false) this.#entries.delete(oldest.value)
    return entry
  }
}

/** Or a later one: whoever holds a tenant of before a change gets the keys of after it. */
function hasVersionOf(ring: KeyRing, tenant: TenantRef): boolean {
  return ring.version >= tenant.signingKeysVersion
}

function isDatabaseAway(error: unknown): boolean {
  return error instanceof AppError && error.code === databaseErrors.database_unavailable.code
}
