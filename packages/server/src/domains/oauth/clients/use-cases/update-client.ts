import type { RequestContext } from '../../../../kernel/index.ts'
import { checkIfMatch } from '../../../../platform/http/index.ts'
import { record } from '../../../audit/index.ts'
import { oauthErrors } from '../../errors.ts'
import { checkClientMetadata } from '../check-client-metadata.ts'
import type { ClientServices } from '../client-services.ts'
import { type Client, type ClientChange, type ClientReference, entityTagOf } from '../model.ts'
import { checkSectorIdentifier } from '../sector.ts'
import { lockClient, replaceClient } from '../store.ts'

/**
 * Disabling a client ends its grants and tokens by this commit: see `live_oauth_grants()`.
 * @throws client_not_found, client_metadata_refused, precondition_failed
 */
export async function updateClient(
  { database, fetch }: ClientServices,
  context: RequestContext,
  { id, ifMatch }: ClientReference,
  change: ClientChange,
): Promise<Client> {
  if (change.metadata !== undefined) await checkSectorIdentifier(fetch, change.metadata)
  return database.withTenant(context.tenant.id, async (tx) => {
    const read = await lockClient(tx, id)
    if (read === undefined) throw oauthErrors.client_not_found()
    checkIfMatch(ifMatch, entityTagOf(read))
    const client = apply(context, read, change)
    await replaceClient(tx, client)
    await record(tx, context, {
      action: 'client.updated',
      outcome: 'success',
      target: { kind: 'client', id },
      details: { status: client.status, members: Object.keys(change) },
    })
    return client
  })
}

function apply(context: RequestContext, read: Client, change: ClientChange): Client {
  return {
    ...read,
    name: change.name ?? read.name,
    status: change.status ?? read.status,
    isFirstParty: change.isFirstParty ?? read.isFirstParty,
    metadata:
      change.metadata === undefined
        ? read.metadata
        : checkClientMetadata(context.tenant, read.profile, change.metadata),
    version: read.version + 1,
    updatedAt: context.clock.now(),
  }
}
