import { newId, type RequestContext } from '../../../../kernel/index.ts'
import { record } from '../../../audit/index.ts'
import { checkClientMetadata } from '../check-client-metadata.ts'
import type { ClientServices } from '../client-services.ts'
import { hashClientSecret, makeClientSecret } from '../client-secret.ts'
import type { Client, CreatedClient, KnownCredentials, NewClient } from '../model.ts'
import { usesSecret } from '../profiles.ts'
import { checkSectorIdentifier } from '../sector.ts'
import { insertClient, insertSecret } from '../store.ts'

/** @throws client_metadata_refused */
export async function createClient(
  { database, fetch }: ClientServices,
  context: RequestContext,
  input: NewClient,
  known?: KnownCredentials,
): Promise<CreatedClient> {
  const now = context.clock.now()
  const metadata = checkClientMetadata(context.tenant, input.profile, input.metadata ?? {})
  await checkSectorIdentifier(fetch, metadata)
  const client: Client = {
    id: known?.id ?? newId('cli'),
    profile: input.profile,
    name: input.name,
    status: 'active',
    isFirstParty: input.isFirstParty ?? false,
    metadata,
    version: 1,
    createdAt: now,
    updatedAt: now,
  }
  const secret = usesSecret(metadata.token_endpoint_auth_method)
    ? (known?.secret ?? makeClientSecret())
    : undefined
  await database.withTenant(context.tenant.id, async (tx) => {
    await insertClient(tx, client)
    if (secret !== undefined) {
      await insertSecret(tx, client.id, { hash: hashClientSecret(secret), now })
    }
    await record(tx, context, {
      action: 'client.created',
      outcome: 'success',
      target: { kind: 'client', id: client.id },
      details: { profile: client.profile, firstParty: client.isFirstParty },
    })
  })
  return { client, secret }
}
