import { type Clock, type Duration, isWithin, milliseconds, seconds } from '../../kernel/index.ts'
import { Coalescer } from '../../platform/db/index.ts'
import type { Tenant } from './model.ts'

/** A promise only while it is being looked up: see `resolve`. */
type Answered = Tenant | undefined | Promise<Tenant | undefined>

interface Remembered {
  tenant: Answered
  readonly askedAt: number
  isRenewing: boolean
}

interface Answer {
  readonly answer: Tenant | undefined | Error
  readonly askedAt: number
}

/** For each slug, in their order: its tenant, undefined if there is none, or why it can't be read. */
export type FindTenants = (
  slugs: readonly string[],
) => Promise<readonly (Tenant | undefined | Error)[]>

/**
 * Finds the tenant of a request by its slug, and remembers it for two seconds. Staleness concerns
 * settings only: whether a tenant is active is proven again inside every tenant transaction.
 * Unknown slugs are remembered too, so that guessing slugs does not reach the database each time.
 *
 * Whoever asks in the second second is answered at once and has it looked up again meanwhile, so that
 * nobody waits at a tenant that is in use. What is to be looked up again is gathered for a moment:
 * five hundred tenants in use are ten statements in a second, not five hundred.
 */
export class TenantDirectory {
  readonly #find: FindTenants
  readonly #asked: Coalescer<string, Tenant | undefined>
  readonly #clock: Clock
  readonly #gathering: Duration
  readonly #known = new Map<string, Remembered>()
  #due: string[] = []

  constructor(find: FindTenants, clock: Clock, gathering = GATHERING) {
    this.#find = find
    this.#asked = new Coalescer(find, { maxBatch: MAX_BATCH, maxInFlight: 2 })
    this.#clock = clock
    this.#gathering = gathering
  }

  /**
   * Answers without a promise what is known. Whoever waits for a promise that many share is kept in
   * memory until the next full collection, with the whole request that waits (Node.js 24).
   */
  resolve(slug: string): Answered {
    const known = this.#known.get(slug)
    const now = this.#clock.now().getTime()
    if (known === undefined || !isWithin(known.askedAt, now, REMEMBERED)) return this.#ask(slug)
    if (!isWithin(known.askedAt, now, RENEWED)) this.#renewSoon(slug, known)
    return known.tenant
  }

  /** Called by the node that changed it; other nodes follow within the two seconds. */
  forget(slug: string): void {
    this.#known.delete(slug)
  }

  #ask(slug: string): Promise<Tenant | undefined> {
    const askedAt = this.#clock.now().getTime()
    const asked = this.#asked.submit(slug)
    const remembered: Remembered = { tenant: asked, askedAt, isRenewing: false }
    this.#keep(slug, remembered)
    asked.then(
      (tenant) => {
        remembered.tenant = tenant
      },
      // A failed look-up is not an answer: the next request asks again.
      () => this.#known.delete(slug),
    )
    return asked
  }

  #renewSoon(slug: string, known: Remembered): void {
    if (known.isRenewing) return
    known.isRenewing = true
    this.#due.push(slug)
    if (this.#due.length > 1) return
    setTimeout(() => {
      const slugs = this.#due
      this.#due = []
      for (let at = 0; at < slugs.length; at += MAX_BATCH) {
        void this.#renew(slugs.slice(at, at + MAX_BATCH))
      }
    }, this.#gathering.milliseconds).unref()
  }

  /** What was forgotten meanwhile stays forgotten: the answer may be older than the change. */
  async #renew(slugs: readonly string[]): Promise<void> {
    const askedAt = this.#clock.now().getTime()
    const before = slugs.map((slug) => this.#known.get(slug))
    try {
      const tenants = await this.#find(slugs)
      for (const [index, slug] of slugs.entries()) {
        this.#renewed(slug, before[index], { answer: tenants[index], askedAt })
      }
    } catch {
      // What is known serves until it is too old; then whoever asks is told of the failure.
      for (const known of before) if (known !== undefined) known.isRenewing = false
    }
  }

  #renewed(slug: string, known: Remembered | undefined, { answer, askedAt }: Answer): void {
    if (known?.isRenewing !== true) return
    known.isRenewing = false
    if (this.#known.get(slug) !== known || answer instanceof Error) return
    this.#keep(slug, { tenant: answer, askedAt, isRenewing: false })
  }

  #keep(slug: string, remembered: Remembered): void {
    this.#known.delete(slug)
    this.#known.set(slug, remembered)
    if (this.#known.size <= MAX_REMEMBERED) return
    const oldest = this.#known.keys().next()
    if (oldest.done !== true) this.#known.delete(oldest.value)
  }
}

const REMEMBERED = seconds(2)
const RENEWED = seconds(1)
/** Well within the second in which what is known still serves. */
const GATHERING = milliseconds(100)
const MAX_BATCH = 200
const MAX_REMEMBERED = 20_000
