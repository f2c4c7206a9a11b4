import type { ClientId, RequestContext } from '../../../../kernel/index.ts'
import type { Database } from '../../../../platform/db/index.ts'
import { record } from '../../../audit/index.ts'
import { oauthErrors } from '../../errors.ts'
import { deleteClient } from '../store.ts'

/** @throws client_not_found */
export function removeClient(
  database: Database,
  context: RequestContext,
  id: ClientId,
): Promise<void> {
  return database.withTenant(context.tenant.id, async (tx) => {
    if (!(await deleteClient(tx, id))) throw oauthErrors.client_not_found()
    await record(tx, context, {
      action: 'client.deleted',
      outcome: 'success',
      target: { kind: 'client', id },
    })
  })
}
