import { z } from 'zod'
import { minutes } from '../../../kernel/index.ts'
import {
  defineRoute,
  pageOf,
  pageQuery,
  type Reply,
  type Route,
  toPage,
  typedId,
} from '../../../platform/http/index.ts'
import { oauthErrors } from '../errors.ts'
import {
  clientSchema,
  clientSecretSchema,
  createClientSchema,
  createdClientSchema,
  presentClient,
  updateClientSchema,
} from './client-schema.ts'
import type { Clients } from './clients.ts'
import { type Client, entityTagOf } from './model.ts'

export interface ClientRouteServices {
  readonly clients: Clients
}

const params = z.strictObject({ client_id: typedId('cli') })
const readAuth = { kind: 'permission', permission: 'clients.read' } as const
const writeAuth = { kind: 'permission', permission: 'clients.write' } as const
const readAudit = { none: 'a read of what the administrator administers' } as const
const rateLimit = { limit: 300, window: minutes(1), by: 'principal' } as const
const tag = 'OAuth clients'

/** OAuth clients, as administrators of their tenant see them. */
export function clientRoutes(services: ClientRouteServices): readonly Route[] {
  return [
    listRoute(services),
    createRoute(services),
    getRoute(services),
    updateRoute(services),
    deleteRoute(services),
    rotateRoute(services),
  ]
}

const listRoute = ({ clients }: ClientRouteServices) =>
  defineRoute({
    id: 'listClients',
    method: 'GET',
    path: '/api/admin/clients',
    tag,
    summary: 'List the OAuth clients of the tenant, newest first',
    auth: readAuth,
    audit: readAudit,
    rateLimit,
    query: pageQuery.extend({ after: typedId('cli').optional() }),
    responses: { 200: { description: 'A page of clients', schema: pageOf(clientSchema) } },
    errors: [],
    handler: async (context, { query: { after, limit } }) => {
      const page = toPage(await clients.list(context, { after, limit: limit + 1 }), limit)
      return { status: 200, body: { data: page.items.map(presentClient), next: page.next } }
    },
  })

const createRoute = ({ clients }: ClientRouteServices) =>
  defineRoute({
    id: 'createClient',
    method: 'POST',
    path: '/api/admin/clients',
    tag,
    summary: 'Register an OAuth client',
    description: 'The secret, if its profile uses one, is in this answer and nowhere else.',
    auth: writeAuth,
    audit: { events: ['client.created'] },
    rateLimit,
    body: createClientSchema,
    responses: { 201: { description: 'The new client', schema: createdClientSchema } },
    errors: [oauthErrors.client_metadata_refused],
    handler: async (context, { body: { first_party, ...rest } }) => {
      const { client, secret } = await clients.create(context, {
        ...rest,
        isFirstParty: first_party,
      })
      const shown = secret === undefined ? {} : { client_secret: secret.reveal() }
      return showClient(201, client, shown)
    },
  })

const getRoute = ({ clients }: ClientRouteServices) =>
  defineRoute({
    id: 'getClient',
    method: 'GET',
    path: '/api/admin/clients/{client_id}',
    tag,
    summary: 'Show one OAuth client',
    auth: readAuth,
    audit: readAudit,
    rateLimit,
    params,
    responses: { 200: { description: 'The client', schema: clientSchema } },
    errors: [oauthErrors.client_not_found],
    handler: async (context, { params: { client_id } }) =>
      showClient(200, await clients.get(context, client_id)),
  })

const updateRoute = ({ clients }: ClientRouteServices) =>
  defineRoute({
    id: 'updateClient',
    method: 'PATCH',
    path: '/api/admin/clients/{client_id}',
    tag,
    summary: 'Change or disable an OAuth client',
    description:
      '`metadata` replaces the whole registration. With `If-Match`, the change is refused if the ' +
      'client was changed since. Disabling ends all its grants and tokens at once.',
    isConditional: true,
    auth: writeAuth,
    audit: { events: ['client.updated'] },
    rateLimit,
    params,
    body: updateClientSchema,
    responses: { 200: { description: 'The client as it is now', schema: clientSchema } },
    errors: [oauthErrors.client_not_found, oauthErrors.client_metadata_refused],
    handler: async (context, { params, body: { first_party, ...rest }, ifMatch }) => {
      const reference = { id: params.client_id, ifMatch }
      const change = { ...rest, isFirstParty: first_party }
      return showClient(200, await clients.update(context, reference, change))
    },
  })

function showClient(status: 200 | 201, client: Client, more: object = {}): Reply {
  return { status, body: { ...presentClient(client), ...more }, entityTag: entityTagOf(client) }
}

const deleteRoute = ({ clients }: ClientRouteServices) =>
  defineRoute({
    id: 'deleteClient',
    method: 'DELETE',
    path: '/api/admin/clients/{client_id}',
    tag,
    summary: 'Delete an OAuth client with its grants and tokens',
    auth: writeAuth,
    audit: { events: ['client.deleted'] },
    rateLimit,
    params,
    responses: { 204: { description: 'The client is deleted' } },
    errors: [oauthErrors.client_not_found],
    handler: async (context, { params: { client_id } }) => {
      await clients.remove(context, client_id)
      return { status: 204 }
    },
  })

const rotateRoute = ({ clients }: ClientRouteServices) =>
  defineRoute({
    id: 'rotateClientSecret',
    method: 'POST',
    path: '/api/admin/clients/{client_id}/rotate-secret',
    tag,
    summary: 'Give an OAuth client a new secret',
    description: 'The secret before it works for one more day.',
    auth: writeAuth,
    audit: { events: ['client.secret_rotated'] },
    rateLimit,
    params,
    responses: { 200: { description: 'The new secret, shown once', schema: clientSecretSchema } },
    errors: [oauthErrors.client_not_found, oauthErrors.client_has_no_secret],
    handler: async (context, { params: { client_id } }) => {
      const secret = await clients.rotateSecret(context, client_id)
      return { status: 200, body: { client_secret: secret.reveal() } }
    },
  })
