import type { RequestContext } from '../../../kernel/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import type { NameHits, User } from '../../identity/index.ts'
import type { ScreeningDependencies } from '../dependencies.ts'
import { USERS_OF_A_PAGE } from '../policy.ts'
import { advanceRun, beginRun, deleteRun, finishRun, toRun } from '../run-store.ts'

/**
 * Compares the names of active users with a list that is new to the tenant, page by page. How far it
 * came is in the database: a restart goes on there, and a list that was gone through is not again.
 */
export async function screenAgain(
  deps: ScreeningDependencies,
  context: RequestContext,
): Promise<void> {
  const { database, list } = deps
  const mode = context.tenant.policy.sanctionsScreening
  if (mode === 'off') return settleScreening(database, context)
  if (list === undefined) return
  // A stricter mode is for those too who were found before.
  const digest = `${mode}/${list.digest}`
  const [[row]] = await database.tenantBatch(context.tenant.id, [beginRun(digest)])
  const run = toRun(row)
  if (run.isFinished) return
  for (let { after } = run; ; ) {
    const page = { status: 'active', after, limit: USERS_OF_A_PAGE } as const
    const users = await deps.identity.listUsers(context, page)
    after = users.at(-1)?.id
    if (after === undefined) break
    await screenPage(deps, context, users)
    await database.tenantBatch(context.tenant.id, [advanceRun(digest, after)])
  }
  await database.tenantBatch(context.tenant.id, [finishRun(digest, context.clock.now())])
}

/**
 * After a change of the settings. Whoever comes while nobody looks is to be screened when screening is
 * switched on again.
 */
export async function settleScreening(database: Database, context: RequestContext): Promise<void> {
  if (context.tenant.policy.sanctionsScreening !== 'off') return
  await database.tenantBatch(context.tenant.id, [deleteRun()])
}

/** Hits are rare: who has one gets a transaction, so that no two users are locked at once. */
async function screenPage(
  deps: ScreeningDependencies,
  context: RequestContext,
  users: readonly User[],
): Promise<void> {
  for (const user of users) {
    const hits = await screenUser(deps, context, user)
    if (hits === undefined) continue
    await deps.database.withTenant(context.tenant.id, (tx) =>
      deps.identity.keepHits(tx, context, { user, hits }),
    )
  }
}

async function screenUser(
  { nameScreening }: ScreeningDependencies,
  context: RequestContext,
  { displayName }: User,
): Promise<NameHits | undefined> {
  if (displayName === undefined) return undefined
  // Requests come first: a page of names is not compared in one go.
  await new Promise((resolve) => setImmediate(resolve))
  return nameScreening.screen(context, displayName)
}
