import type { PoolClient, QueryResult } from 'pg'

/** Runs the SQL texts that pg-boss makes. */
export interface JobExecutor {
  /** A text without values may have several statements; the rows of all of them are returned. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

type Row = Record<string, unknown>

export function createJobExecutor(
  withClient: <T>(work: (client: PoolClient) => Promise<T>) => Promise<T>,
): JobExecutor {
  return { executeSql: (text, values) => withClient((client) => execute(client, text, values)) }
}

async function execute(client: PoolClient, text: string, values: unknown[] = []) {
  try {
    // Without values pg speaks the simple protocol, which alone takes several statements.
    const result: QueryResult<Row> | QueryResult<Row>[] =
      values.length > 0 ? await client.query<Row>(text, values) : await client.query<Row>(text)
    return { rows: Array.isArray(result) ? result.flatMap(({ rows }) => rows) : result.rows }
  } catch (error) {
    // Some texts begin a transaction of their own; a failure would leave it open on the
    // connection. On a lost connection this fails too, and the first error is the one to tell.
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}
