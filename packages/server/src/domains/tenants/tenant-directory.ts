import type { Clock } from '../../kernel/index.ts'
import type { Tenant } from './model.ts'

interface Remembered {
  readonly tenant: Promise<Tenant | undefined>
  readonly until: number
}

/**
 * Finds the tenant of a request by its slug, and remembers it for two seconds. Staleness concerns
 * settings only: whether a tenant is active is proven again inside every tenant transaction.
 * Unknown slugs are remembered too, so that guessing slugs does not reach the database each time.
 */
export class TenantDirectory {
  readonly #find: (slug: string) => Promise<Tenant | undefined>
  readonly #clock: Clock
  readonly #known = new Map<string, Remembered>()

  constructor(find: (slug: string) => Promise<Tenant | undefined>, clock: Clock) {
    this.#find = find
    this.#clock = clock
  }

  resolve(slug: string): Promise<Tenant | undefined> {
    const now = this.#clock.now().getTime()
    const known = this.#known.get(slug)
    if (known !== undefined && known.until > now) return known.tenant
    const tenant = this.#find(slug)
    this.#known.delete(slug)
    this.#known.set(slug, { tenant, until: now + REMEMBERED_MILLISECONDS })
    this.#forgetOldest()
    // A failed look-up is not an answer: the next request asks again.
    tenant.catch(() => this.#known.delete(slug))
    return tenant
  }

  /** Called by the node that changed it; other nodes follow within the two seconds. */
  forget(slug: string): void {
    this.#known.delete(slug)
  }

  #forgetOldest(): void {
    if (this.#known.size <= MAX_REMEMBERED) return
    const oldest = this.#known.keys().next()
    if (oldest.done !== true) this.#known.delete(oldest.value)
  }
}

const REMEMBERED_MILLISECONDS = 2_000
const MAX_REMEMBERED = 20_000
