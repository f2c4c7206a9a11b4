import type { PoolClient, Submittable } from 'pg'
import { Batch } from './batch.ts'
import { type Statement, sql } from './sql.ts'

/**
 * An open transaction. Stores take it as their first argument; it is made by `withTenant()` or
 * `withOperator()` only, so that no statement runs without its tenant.
 */
export interface Tx {
  /** Runs one statement and returns its rows. */
  run<Row>(statement: Statement<Row>): Promise<readonly Row[]>
  /** Runs a statement that returns at most one row. */
  first<Row>(statement: Statement<Row>): Promise<Row | undefined>
}

/**
 * BEGIN and the settings of the transaction travel with its first statement, so a transaction of
 * one statement costs two round trips instead of four.
 */
export class OpenTx implements Tx {
  readonly #client: PoolClient
  #prefix: readonly Statement[]
  #failed = false

  constructor(client: PoolClient, settings: readonly Statement[]) {
    this.#client = client
    this.#prefix = [sql`BEGIN`, ...settings]
  }

  async run<Row>(statement: Statement<Row>): Promise<readonly Row[]> {
    const prefix = this.#prefix
    this.#prefix = []
    try {
      const results = await submitBatch(this.#client, [...prefix, statement])
      return (results.at(-1) ?? []) as readonly Row[]
    } catch (error) {
      this.#failed = true
      throw error
    }
  }

  async first<Row>(statement: Statement<Row>): Promise<Row | undefined> {
    return (await this.run(statement))[0]
  }

  async commit(): Promise<void> {
    if (!this.#hasBegun()) return
    // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error.
    if (this.#failed) throw new Error('a statement of this transaction failed and was ignored')
    await submitBatch(this.#client, [sql`COMMIT`])
  }

  async rollback(): Promise<void> {
    if (this.#hasBegun()) await submitBatch(this.#client, [sql`ROLLBACK`])
  }

  #hasBegun(): boolean {
    return this.#prefix.length === 0
  }
}

export function submitBatch(
  client: PoolClient,
  statements: readonly Statement[],
): Promise<readonly (readonly Record<string, unknown>[])[]> {
  const batch = new Batch(statements)
  client.query(batch as unknown as Submittable)
  return batch.result
}
