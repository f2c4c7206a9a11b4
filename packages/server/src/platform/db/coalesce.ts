interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Runs many callers' items in one statement. Items that arrive in one turn of the event loop, or
 * while a batch is under way, share the next one; an item alone waits for nobody. Each caller is
 * answered only after its own batch has committed, so coalescing never acknowledges early.
 *
 * Two batches at once cost more than they gain, so the next one waits for the one before. But not
 * for long: what one caller's batch waits for (a lock that somebody holds) must not hold up all.
 */
export class Coalescer<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>
  readonly #maxBatch: number
  readonly #maxInFlight: number
  #waiting: Waiting<Item, Result>[] = []
  #inFlight = 0
  #begunAt = 0
  #isPumpDue = false
  #patience: NodeJS.Timeout | undefined

  /** `run` must return one result for each item, in their order; an `Error` refuses that one. */
  constructor(
    run: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>,
    limits: { readonly maxBatch: number; readonly maxInFlight: number },
  ) {
    this.#run = run
    this.#maxBatch = limits.maxBatch
    this.#maxInFlight = limits.maxInFlight
  }

  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      this.#pumpAfterThisTurn()
    })
  }

  /** True if nothing waits or runs, so that the owner may forget this coalescer. */
  get idle(): boolean {
    return this.#inFlight === 0 && this.#waiting.length === 0
  }

  /** The requests that one poll of the sockets brought are all read before the first batch goes. */
  #pumpAfterThisTurn(): void {
    if (this.#isPumpDue || this.#inFlight >= this.#maxInFlight) return
    this.#isPumpDue = true
    setImmediate(() => {
      this.#isPumpDue = false
      this.#pump()
    })
  }

  #pump(): void {
    clearTimeout(this.#patience)
    while (this.#inFlight < this.#maxInFlight && this.#waiting.length > 0) {
      const left = this.#patienceLeft()
      if (left > 0) {
        this.#patience = setTimeout(() => this.#pump(), left)
        return
      }
      const batch = this.#waiting.splice(0, this.#maxBatch)
      this.#inFlight += 1
      this.#begunAt = performance.now()
      void this.#runBatch(batch).finally(() => {
        this.#inFlight -= 1
        this.#pump()
      })
    }
  }

  /** Milliseconds that the batch before has to be over. */
  #patienceLeft(): number {
    return this.#inFlight === 0 ? 0 : this.#begunAt + PATIENCE_MILLISECONDS - performance.now()
  }

  async #runBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#run(batch.map((waiting) => waiting.item))
      if (results.length !== batch.length) throw new Error('a batch must answer each of its items')
      for (const [index, waiting] of batch.entries()) {
        const result = results[index] as Result | Error
        if (result instanceof Error) waiting.reject(result)
        else waiting.resolve(result)
      }
    } catch (error) {
      for (const waiting of batch) waiting.reject(error)
    }
  }
}

/** Some commits; no person notices it. */
const PATIENCE_MILLISECONDS = 20

/** One coalescer a key (a tenant), forgotten as soon as it is idle. */
export class KeyedCoalescer<Key, Item, Result> {
  readonly #coalescers = new Map<Key, Coalescer<Item, Result>>()
  readonly #create: (key: Key) => Coalescer<Item, Result>

  constructor(create: (key: Key) => Coalescer<Item, Result>) {
    this.#create = create
  }

  async submit(key: Key, item: Item): Promise<Result> {
    let coalescer = this.#coalescers.get(key)
    if (coalescer === undefined) {
      coalescer = this.#create(key)
      this.#coalescers.set(key, coalescer)
    }
    try {
      return await coalescer.submit(item)
    } finally {
      if (coalescer.idle && this.#coalescers.get(key) === coalescer) this.#coalescers.delete(key)
    }
  }
}
