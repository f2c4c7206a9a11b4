import type { Pool, PoolClient } from 'pg'
import { type TenantId, toUuid } from '../../kernel/index.ts'
import { isConnectionLoss, translateDatabaseError } from './errors.ts'
import { createJobExecutor, type JobExecutor } from './job-executor.ts'
import { createSharedBatches, createSharedTransactions } from './shared-work.ts'
import { type Statement, sql } from './sql.ts'
import { OneTripTx, OpenTx, submitBatch, type Tx } from './tx.ts'

type Rows<S extends readonly Statement<unknown>[]> = {
  readonly [I in keyof S]: S[I] extends Statement<infer Row> ? readonly Row[] : never
}

/** The only way to the data. Every method opens a transaction with row-level security in force. */
export interface Database {
  readonly kind: 'embedded' | 'server'
  /** Runs `work` in one transaction that sees and writes the rows of this tenant only. */
  withTenant<T>(tenant: TenantId, work: (tx: Tx) => Promise<T>): Promise<T>
  /** Runs the statements atomically, as this tenant, in a single round trip. */
  tenantBatch<const S extends readonly Statement<unknown>[]>(
    tenant: TenantId,
    statements: S,
  ): Promise<Rows<S>>
  /**
   * As `withTenant`, for work whose statements are all begun in one turn: a single round trip.
   * What is begun later throws, and what throws undoes nothing.
   */
  withTenantOnce<T>(tenant: TenantId, work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * As `tenantBatch`, in one transaction with what others ask of that tenant at the same time. For
   * statements that lock no rows which others want too: reads, and new rows. If one of them fails,
   * each caller's statements are run again on their own.
   */
  sharedBatch<const S extends readonly Statement<unknown>[]>(
    tenant: TenantId,
    statements: S,
  ): Promise<Rows<S>>
  /**
   * As `withTenant`, in one transaction with the work of others for that tenant at the same time.
   * It must be fit to run again: if the work of one throws, each is run on its own.
   */
  sharedTransaction<T>(tenant: TenantId, work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * Runs `work` under the operator's narrow role: the list of tenants, never a tenant's own rows.
   * `actingFor` is the tenant in whose audit trail the operator's events are written.
   */
  withOperator<T>(actingFor: TenantId | undefined, work: (tx: Tx) => Promise<T>): Promise<T>
  /** Runs as the application role without a tenant: tenant tables look empty. */
  withoutTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Reads as `withoutTenant`, in a single round trip. */
  readWithoutTenant<Row>(statement: Statement<Row>): Promise<readonly Row[]>
  /** For `platform/jobs` only: the application role, no tenant, the texts of pg-boss. */
  readonly jobExecutor: JobExecutor
  close(): Promise<void>
}

export function createDatabase(
  pool: Pool,
  kind: Database['kind'],
  closeMore: () => Promise<void> = async () => undefined,
): Database {
  const transaction = <T>(settings: readonly Statement[], work: (tx: Tx) => Promise<T>) =>
    withClient(pool, (client) => runTransaction(client, settings, work))
  const runBatch = async (tenant: TenantId, statements: readonly Statement[]) => {
    const all = [enterTenant(tenant), ...statements]
    const results = await withClient(pool, (client) => submitBatch(client, all))
    return results.slice(1)
  }
  const withTenant: Database['withTenant'] = (tenant, work) =>
    transaction([enterTenant(tenant)], work)
  const maxInFlight = kind === 'embedded' ? 1 : 2
  const batches = createSharedBatches(runBatch, maxInFlight)
  return {
    kind,
    withTenant,
    withOperator: (actingFor, work) => transaction(actAsOperator(actingFor), work),
    withoutTenant: (work) => transaction([], work),
    readWithoutTenant: async <Row>(statement: Statement<Row>) => {
      const [rows] = await withClient(pool, (client) => submitBatch(client, [statement]))
      return rows as readonly Row[]
    },
    jobExecutor: createJobExecutor((work) => withClient(pool, work)),
    tenantBatch: async (tenant, statements) =>
      (await runBatch(tenant, statements)) as Rows<typeof statements>,
    withTenantOnce: async (tenant, work) => {
      const tx = new OneTripTx((statements) => runBatch(tenant, statements))
      const result = await work(tx)
      await tx.commit()
      return result
    },
    sharedBatch: async (tenant, statements) =>
      (await batches.submit(tenant, statements)) as Rows<typeof statements>,
    sharedTransaction: createSharedTransactions(withTenant, maxInFlight),
    close: async () => {
      await pool.end()
      await closeMore()
    },
  }
}

/**
 * The setting ends with the transaction, so a pooled connection carries no tenant over. It fails
 * for a tenant that is suspended or unknown, and with it the whole transaction.
 */
function enterTenant(tenant: TenantId): Statement {
  return sql`SELECT enter_tenant(${toUuid(tenant)})`
}

function actAsOperator(actingFor: TenantId | undefined): Statement[] {
  const role = sql`SET LOCAL ROLE countersign_operator`
  return actingFor === undefined ? [role] : [enterTenant(actingFor), role]
}

async function runTransaction<T>(
  client: PoolClient,
  settings: readonly Statement[],
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const tx = new OpenTx(client, settings)
  try {
    const result = await work(tx)
    await tx.commit()
    return result
  } catch (error) {
    await tx.rollback()
    throw error
  }
}

async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  let client: PoolClient | undefined
  let lost: Error | undefined
  const onError = (error: Error): void => {
    lost = error
  }
  try {
    client = await pool.connect()
    // A connection that breaks while it is checked out emits `error`, which nobody else handles.
    client.on('error', onError)
    return await work(client)
  } catch (error) {
    if (isConnectionLoss(error)) lost ??= error as Error
    throw translateDatabaseError(error)
  } finally {
    client?.off('error', onError)
    client?.release(lost)
  }
}
