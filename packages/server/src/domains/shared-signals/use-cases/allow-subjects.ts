import type { ClientId, RequestContext } from '../../../kernel/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import { oauthErrors } from '../../oauth/index.ts'
import { setAllSubjects } from '../stream-store.ts'

/** Whom a receiver hears of. */
export type AllowedSubjects = 'granted' | 'all'

/** @throws client_not_found */
export function allowSubjects(
  database: Database,
  context: RequestContext,
  clientId: ClientId,
  subjects: AllowedSubjects,
): Promise<void> {
  return database.withTenant(context.tenant.id, async (tx) => {
    const allowed = { all: subjects === 'all', now: context.clock.now() }
    if ((await tx.first(setAllSubjects(clientId, allowed))) === undefined) {
      throw oauthErrors.client_not_found()
    }
    await record(tx, context, {
      action: 'signal_receiver.updated',
      outcome: 'success',
      target: { kind: 'client', id: clientId },
      details: { subjects },
    })
  })
}
