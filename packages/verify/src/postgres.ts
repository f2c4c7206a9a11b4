import type { Principal } from './principal.ts'
import { VerifyError } from './verify-error.ts'

/** A checked-out connection: the part of `pg`'s `PoolClient` that is used. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ readonly command?: string }>
  release(destroy?: Error | boolean): void
}

/** The part of `pg`'s `Pool` that is used. */
export interface PostgresPool<C extends PostgresClient> {
  // Two overloads, as `pg` declares them: with one, the client's own type would be lost.
  readonly connect: { (): Promise<C>; (callback: never): void }
}

/**
 * Runs `work` in one transaction in which `app.tenant_id` and `app.user_id` name the principal, so
 * that row-level security policies can compare them.
 *
 * The transaction commits when `work`'s promise resolves, and rolls back when it rejects. Await
 * every query inside `work`. Don't nest: a second call takes a second connection and sees nothing
 * of the first; pass the client down instead.
 *
 * WARNING: the settings end with the transaction. `work` must not send COMMIT or ROLLBACK itself,
 * and policies must refuse an empty setting.
 *
 * @throws VerifyError `claim_missing` when the principal has no tenant.
 * @throws Error when a failed statement was swallowed by `work`, so that nothing was committed.
 */
export async function withPrincipal<C extends PostgresClient, T>(
  pool: PostgresPool<C>,
  principal: Pick<Principal, 'tenant' | 'subject'>,
  work: (client: C) => Promise<T>,
): Promise<T> {
  const { tenant, subject } = principal
  if (tenant === undefined || tenant === '') {
    throw new VerifyError('claim_missing', { detail: 'claim `tenant` is missing' })
  }
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('BEGIN')
    // `true` limits the settings to this transaction. Attack: the next user of a pooled connection
    // reads the rows of the one before.
    await client.query(SET_PRINCIPAL, [tenant, subject])
    const result = await work(client)
    const { command } = await client.query('COMMIT')
    // Surprise: PostgreSQL answers COMMIT of a failed transaction with ROLLBACK, and no error.
    if (command === 'ROLLBACK') throw new Error('the transaction had failed and was rolled back')
    return result
  } catch (error) {
    broken = await rollBack(client)
    throw error
  } finally {
    client.release(broken)
  }
}

/** Gives the error when the connection's state is unknown and it must not go back to the pool. */
async function rollBack(client: PostgresClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK')
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error('rollback failed', { cause: error })
  }
}

const SET_PRINCIPAL =
  "select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)"
