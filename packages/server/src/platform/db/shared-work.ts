import { AsyncLocalStorage } from 'node:async_hooks'
import { AppError, type TenantId } from '../../kernel/index.ts'
import { Coalescer, KeyedCoalescer } from './coalesce.ts'
import { databaseErrors, isDeadlock } from './errors.ts'
import type { Statement } from './sql.ts'
import type { Tx } from './tx.ts'

type Rows = readonly unknown[]
type RunBatch = (tenant: TenantId, statements: readonly Statement[]) => Promise<readonly Rows[]>
type RunWork = <T>(tenant: TenantId, work: (tx: Tx) => Promise<T>) => Promise<T>

/**
 * One round trip and one commit for what many callers ask of one tenant at the same time. Each gets
 * the rows of its own statements, after the commit.
 */
export function createSharedBatches(run: RunBatch, maxInFlight: number) {
  return new KeyedCoalescer<TenantId, readonly Statement[], readonly Rows[]>(
    (tenant) => new Coalescer((lists) => runLists(run, tenant, lists), { maxBatch, maxInFlight }),
  )
}

async function runLists(
  run: RunBatch,
  tenant: TenantId,
  lists: readonly (readonly Statement[])[],
): Promise<readonly (readonly Rows[] | Error)[]> {
  const together = async () => {
    const results = await run(tenant, lists.flat())
    let next = 0
    return lists.map((list) => results.slice(next, (next += list.length)))
  }
  return togetherOrAlone(lists, together, (list) => run(tenant, list))
}

/** One transaction for the work of many callers, whose statements then share its round trips. */
export function createSharedTransactions(run: RunWork, maxInFlight: number) {
  const shared = new KeyedCoalescer<TenantId, (tx: Tx) => Promise<unknown>, unknown>(
    (tenant) =>
      new Coalescer(
        (works) =>
          togetherOrAlone(
            works,
            () => run(tenant, (tx) => Promise.all(works.map((work) => work(tx)))),
            (work) => run(tenant, work),
          ),
        { maxBatch, maxInFlight },
      ),
  )
  return <T>(tenant: TenantId, work: (tx: Tx) => Promise<T>): Promise<T> =>
    // SECURITY: it goes on in the context of its own request, whoever's turn begins the batch.
    shared.submit(tenant, AsyncLocalStorage.bind(work)) as Promise<T>
}

/** Attack: what fails for one caller on purpose must not fail for those who came with them. */
async function togetherOrAlone<Item, Result>(
  items: readonly Item[],
  together: () => Promise<readonly Result[]>,
  alone: (item: Item) => Promise<Result>,
): Promise<readonly (Result | Error)[]> {
  try {
    return await together()
  } catch (error) {
    // No tenant or no database is that for all of them.
    if (items.length === 1 || isOfAll(error)) throw error
    return Promise.all(items.map((item) => alone(item).catch((own) => own as Error)))
  }
}

function isOfAll(error: unknown): boolean {
  return error instanceof AppError && error.code in databaseErrors && !isDeadlock(error)
}

const maxBatch = 50
