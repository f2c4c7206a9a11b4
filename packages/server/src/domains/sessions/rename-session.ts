import type { SessionId, UserContext } from '../../kernel/index.ts'
import type { Database } from '../../platform/db/index.ts'
import { record, recordRefusal } from '../audit/index.ts'
import { sessionErrors } from './errors.ts'
import type { ListedSession } from './model.ts'
import { renameSessionStatement, toListedSession } from './listed-session-store.ts'

/**
 * Names a live session of the signed-in user; without a name it has none again.
 * @throws session_not_found for one that is over, another user's, or does not exist, alike
 */
export async function renameOwnSession(
  database: Database,
  context: UserContext,
  id: SessionId,
  name: string | undefined,
): Promise<ListedSession> {
  const target = { kind: 'session', id }
  const naming = { id, userId: context.principal.userId, name, at: context.clock.now() }
  const row = await database.withTenant(context.tenant.id, async (tx) => {
    const renamed = await tx.first(renameSessionStatement(naming))
    if (renamed === undefined) return undefined
    await record(tx, context, { action: 'session.renamed', outcome: 'success', target })
    return renamed
  })
  if (row !== undefined) return toListedSession(row)
  await recordRefusal(database, context, { action: 'session.rename_refused', target })
  throw sessionErrors.session_not_found()
}
