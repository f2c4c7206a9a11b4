import type { PoolClient, Submittable } from 'pg'
import { Batch } from './batch.ts'
import { type Statement, sql } from './sql.ts'

/**
 * An open transaction. Stores take it as their first argument; it is made by `withTenant()` or
 * `withOperator()` only, so that no statement runs without its tenant.
 */
export interface Tx {
  /** Runs one statement and returns its rows. Runs begun in one turn share a round trip. */
  run<Row>(statement: Statement<Row>): Promise<readonly Row[]>
  /** Runs a statement that returns at most one row. */
  first<Row>(statement: Statement<Row>): Promise<Row | undefined>
  /**
   * Writes what nobody reads in this transaction: it travels with the next statement or with the
   * commit, which fails if it does. Resolves at once, before anything was sent.
   */
  later(statement: Statement): Promise<void>
}

interface Queued {
  readonly statement: Statement
  readonly resolve?: (rows: readonly Record<string, unknown>[]) => void
  readonly reject?: (error: unknown) => void
}

/**
 * Round trips are what a transaction costs. BEGIN and its settings travel with the first
 * statement, statements that were begun together travel together, and what nobody waits for
 * travels with COMMIT.
 */
export class OpenTx implements Tx {
  readonly #client: PoolClient
  readonly #prefixLength: number
  #queue: Queued[]
  #isFlushDue = false
  #hasBegun = false
  #hasFailed = false
  #isOver = false

  constructor(client: PoolClient, settings: readonly Statement[]) {
    this.#client = client
    this.#queue = [sql`BEGIN`, ...settings].map((statement) => ({ statement }))
    this.#prefixLength = this.#queue.length
  }

  run<Row>(statement: Statement<Row>): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ statement, resolve: (rows) => resolve(rows as readonly Row[]), reject })
      if (this.#isFlushDue) return
      this.#isFlushDue = true
      queueMicrotask(() => {
        this.#isFlushDue = false
        // Those who wait for rows were told of an error; what nobody waits for fails the commit.
        this.#send(this.#take()).catch(() => undefined)
      })
    })
  }

  async first<Row>(statement: Statement<Row>): Promise<Row | undefined> {
    return (await this.run(statement))[0]
  }

  async later(statement: Statement): Promise<void> {
    this.#enqueue({ statement })
  }

  async commit(): Promise<void> {
    // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error.
    if (this.#hasFailed) throw new Error('a statement of this transaction failed and was ignored')
    this.#isOver = true
    const last = this.#take()
    if (!this.#hasBegun && last.length === this.#prefixLength) return
    await this.#send([...last, { statement: sql`COMMIT` }])
  }

  async rollback(): Promise<void> {
    this.#isOver = true
    for (const { reject } of this.#take()) reject?.(new Error(OVER))
    if (this.#hasBegun) await submitBatch(this.#client, [sql`ROLLBACK`])
  }

  /** SECURITY: behind the end a statement would run in no transaction, and for no tenant. */
  #enqueue(queued: Queued): void {
    if (this.#isOver) throw new Error(OVER)
    this.#queue.push(queued)
  }

  #take(): readonly Queued[] {
    const queued = this.#queue
    this.#queue = []
    return queued
  }

  async #send(queued: readonly Queued[]): Promise<void> {
    if (queued.length === 0) return
    this.#hasBegun = true
    try {
      const statements = queued.map(({ statement }) => statement)
      const results = await submitBatch(this.#client, statements)
      for (const [index, { resolve }] of queued.entries()) resolve?.(results[index] ?? [])
    } catch (error) {
      this.#hasFailed = true
      for (const { reject } of queued) reject?.(error)
      throw error
    }
  }
}

/**
 * A transaction of one round trip: its statements are all begun in the turn in which it is opened,
 * and go as one batch, whose commit is that of the batch. Rows are known after the commit only.
 */
export class OneTripTx implements Tx {
  readonly #send: (statements: readonly Statement[]) => Promise<readonly Rows[]>
  #queue: Statement[] | undefined = []
  #answers: Promise<readonly Rows[]> | undefined

  constructor(send: (statements: readonly Statement[]) => Promise<readonly Rows[]>) {
    this.#send = send
  }

  async run<Row>(statement: Statement<Row>): Promise<readonly Row[]> {
    const position = this.#enqueue(statement)
    return ((await this.#sent())[position] ?? []) as readonly Row[]
  }

  async first<Row>(statement: Statement<Row>): Promise<Row | undefined> {
    return (await this.run(statement))[0]
  }

  async later(statement: Statement): Promise<void> {
    this.#enqueue(statement)
    this.#sent().catch(() => undefined)
  }

  /** Fails if anything did, also what nobody waited for. */
  async commit(): Promise<void> {
    await this.#answers
  }

  #enqueue(statement: Statement): number {
    if (this.#queue === undefined) throw new Error('a transaction of one round trip was sent')
    return this.#queue.push(statement) - 1
  }

  #sent(): Promise<readonly Rows[]> {
    this.#answers ??= new Promise((resolve, reject) => {
      queueMicrotask(() => {
        const statements = this.#queue ?? []
        this.#queue = undefined
        this.#send(statements).then(resolve, reject)
      })
    })
    return this.#answers
  }
}

type Rows = readonly Record<string, unknown>[]

const OVER = 'the transaction is over'

export function submitBatch(
  client: PoolClient,
  statements: readonly Statement[],
): Promise<readonly (readonly Record<string, unknown>[])[]> {
  const batch = new Batch(statements)
  client.query(batch as unknown as Submittable)
  return batch.result
}
