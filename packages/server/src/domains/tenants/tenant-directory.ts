import type { Clock } from '../../kernel/index.ts'
import type { Tenant } from './model.ts'

interface Remembered {
  readonly tenant: Promise<Tenant | undefined>
  readonly askedAt: number
  isRenewing: boolean
}

/**
 * Finds the tenant of a request by its slug, and remembers it for two seconds. Staleness concerns
 * settings only: whether a tenant is active is proven again inside every tenant transaction.
 * Unknown slugs are remembered too, so that guessing slugs does not reach the database each time.
 *
 * Whoever asks in the second second is answered at once and has it looked up again meanwhile, so that
 * nobody waits at a tenant that is in use.
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
    const known = this.#known.get(slug)
    const age = known === undefined ? Infinity : this.#clock.now().getTime() - known.askedAt
    // A moment in the future (the clock stepped back) is no age.
    if (known === undefined || age < 0 || age >= REMEMBERED_MILLISECONDS) return this.#ask(slug)
    if (age >= RENEWED_MILLISECONDS) this.#renew(slug, known)
    return known.tenant
  }

  /** Called by the node that changed it; other nodes follow within the two seconds. */
  forget(slug: string): void {
    this.#known.delete(slug)
  }

  #ask(slug: string): Promise<Tenant | undefined> {
    const askedAt = this.#clock.now().getTime()
    const tenant = this.#find(slug)
    this.#keep(slug, { tenant, askedAt, isRenewing: false })
    // A failed look-up is not an answer: the next request asks again.
    tenant.catch(() => this.#known.delete(slug))
    return tenant
  }

  /** What was forgotten meanwhile stays forgotten: the answer may be older than the change. */
  #renew(slug: string, known: Remembered): void {
    if (known.isRenewing) return
    known.isRenewing = true
    const askedAt = this.#clock.now().getTime()
    const tenant = this.#find(slug)
    tenant.then(
      () => {
        if (this.#known.get(slug) === known) {
          this.#keep(slug, { tenant, askedAt, isRenewing: false })
        }
      },
      () => {
        known.isRenewing = false
      },
    )
  }

  #keep(slug: string, remembered: Remembered): void {
    this.#known.delete(slug)
    this.#known.set(slug, remembered)
    if (this.#known.size <= MAX_REMEMBERED) return
    const oldest = this.#known.keys().next()
    if (oldest.done !== true) this.#known.delete(oldest.value)
  }
}

const REMEMBERED_MILLISECONDS = 2_000
const RENEWED_MILLISECONDS = 1_000
const MAX_REMEMBERED = 20_000
