/** Runs work for the same key one after another, and for different keys side by side. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>()

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const current = (before ?? Promise.resolve()).then(work, work)
    this.#last.set(key, current)
    try {
      return await current
    } finally {
      if (this.#last.get(key) === current) this.#last.delete(key)
    }
  }

  /** Keys with work under way. */
  get size(): number {
    return this.#last.size
  }
}
