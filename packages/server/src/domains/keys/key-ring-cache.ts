import {
  AppError,
  type Clock,
  type Duration,
  type TenantId,
  type TenantRef,
} from '../../kernel/index.ts'
import { databaseErrors } from '../../platform/db/index.ts'
import type { KeyRing } from './key-ring.ts'
import { FRESHNESS, MAX_CACHED_TENANTS, REFRESH_AHEAD, STALE_LIMIT } from './policy.ts'

type LoadKeyRing = (tenant: TenantRef, previous: KeyRing | undefined) => Promise<KeyRing>

interface Entry {
  loaded: { readonly ring: KeyRing; readonly askedAt: number } | undefined
  loading: Promise<KeyRing> | undefined
}

/**
 * The key rings of the tenants in use. A ring serves for `FRESHNESS`; an older one is loaded again
 * before it is used, and serves up to `STALE_LIMIT` only if the database is away.
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

  /** Answers without a promise when the ring is fresh. */
  get(tenant: TenantRef): KeyRing | Promise<KeyRing> {
    const entry = this.#entryOf(tenant.id)
    const { loaded } = entry
    if (loaded === undefined || !this.#isWithin(loaded.askedAt, FRESHNESS)) {
      return this.#renew(entry, tenant)
    }
    if (!this.#isWithin(loaded.askedAt, REFRESH_AHEAD)) {
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
      return await this.#refresh(entry, tenant)
    } catch (error) {
      const { loaded } = entry
      // A suspended tenant or a broken row is an answer, and ends the old keys at once.
      const mayServe = loaded !== undefined && this.#isWithin(loaded.askedAt, STALE_LIMIT)
      if (mayServe && isDatabaseAway(error)) return loaded.ring
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

  /** A moment in the future (the clock stepped back) is within nothing. */
  #isWithin(since: number, length: Duration): boolean {
    const age = this.#clock.now().getTime() - since
    return age >= 0 && age <= length.milliseconds
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

function isDatabaseAway(error: unknown): boolean {
  return error instanceof AppError && error.code === databaseErrors.database_unavailable.code
}
