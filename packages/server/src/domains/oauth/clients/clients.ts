import type { ClientId, RequestContext, Secret } from '../../../kernel/index.ts'
import { oauthErrors } from '../errors.ts'
import type {
  Client,
  ClientChange,
  ClientReference,
  ClientWithSecrets,
  CreatedClient,
  KnownCredentials,
  NewClient,
} from './model.ts'
import type { ClientServices } from './client-services.ts'
import {
  type ClientPage,
  findActiveClient,
  findClient,
  listClients,
  toClientWithSecrets,
} from './store.ts'
import { createClient } from './use-cases/create-client.ts'
import { removeClient } from './use-cases/remove-client.ts'
import { rotateClientSecret } from './use-cases/rotate-client-secret.ts'
import { updateClient } from './use-cases/update-client.ts'

/** The OAuth clients of a tenant. */
export interface Clients {
  /** With an identifier and a secret of its own, unless they are known. @throws client_metadata_refused */
  create(
    context: RequestContext,
    input: NewClient,
    known?: KnownCredentials,
  ): Promise<CreatedClient>
  /** @throws client_not_found */
  get(context: RequestContext, id: ClientId): Promise<Client>
  /** Newest first. */
  list(context: RequestContext, page: ClientPage): Promise<Client[]>
  /** @throws client_not_found, client_metadata_refused, precondition_failed */
  update(context: RequestContext, reference: ClientReference, change: ClientChange): Promise<Client>
  /** @throws client_not_found */
  remove(context: RequestContext, id: ClientId): Promise<void>
  /** The one before works for a day, so that the change can be rolled out. @throws client_has_no_secret */
  rotateSecret(context: RequestContext, id: ClientId): Promise<Secret<string>>
  /** undefined for one that is disabled, too. */
  findActive(context: RequestContext, id: ClientId): Promise<ClientWithSecrets | undefined>
}

export function createClients(services: ClientServices): Clients {
  const { database } = services
  return {
    create: (context, input, known) => createClient(services, context, input, known),
    get: (context, id) =>
      database.withTenant(context.tenant.id, async (tx) => {
        const client = await findClient(tx, id)
        if (client === undefined) throw oauthErrors.client_not_found()
        return client
      }),
    list: (context, page) => database.withTenant(context.tenant.id, (tx) => listClients(tx, page)),
    update: (context, reference, change) => updateClient(services, context, reference, change),
    remove: (context, id) => removeClient(database, context, id),
    rotateSecret: (context, id) => rotateClientSecret(database, context, id),
    findActive: async ({ tenant, clock }, id) => {
      const [rows] = await database.sharedBatch(tenant.id, [findActiveClient(id, clock.now())])
      return rows[0] === undefined ? undefined : toClientWithSecrets(rows[0])
    },
  }
}
