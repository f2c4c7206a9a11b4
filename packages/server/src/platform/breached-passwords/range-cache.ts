import { addDuration, type Clock, type Duration } from '../../kernel/index.ts'

interface Entry {
  readonly value: string
  readonly expiresAt: Date
}

/** Texts by key: a bounded number of them, for a bounded time, each fetched by one caller only. */
export class RangeCache {
  readonly #entries = new Map<string, Entry>()
  readonly #running = new Map<string, Promise<string>>()
  readonly #options: { readonly clock: Clock; readonly lifetime: Duration; readonly limit: number }

  constructor(options: { clock: Clock; lifetime: Duration; limit: number }) {
    this.#options = options
  }

  /** A failure of `fetch` reaches all who wait for it, and is not kept. */
  async get(key: string, fetch: () => Promise<string>): Promise<string> {
    const known = this.#entries.get(key)
    if (known !== undefined && known.expiresAt > this.#options.clock.now()) {
      this.#keep(key, known)
      return known.value
    }
    const running = this.#running.get(key) ?? this.#fetch(key, fetch)
    return running
  }

  #fetch(key: string, fetch: () => Promise<string>): Promise<string> {
    const running = fetch()
      .then((value) => {
        const { clock, lifetime } = this.#options
        this.#keep(key, { value, expiresAt: addDuration(clock.now(), lifetime) })
        return value
      })
      .finally(() => this.#running.delete(key))
    this.#running.set(key, running)
    return running
  }

  /** A Map keeps the order of insertion, so the one that was not used for longest comes first. */
  #keep(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#options.limit && oldest !== undefined) {
      this.#entries.delete(oldest)
    }
  }
}
