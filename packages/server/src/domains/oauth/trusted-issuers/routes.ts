import { z } from 'zod'
import { minutes } from '../../../kernel/index.ts'
import {
  defineRoute,
  pageOf,
  pageQuery,
  type Route,
  toPage,
  typedId,
} from '../../../platform/http/index.ts'
import { oauthErrors } from '../errors.ts'
import { createTrustedIssuerSchema, presentTrustedIssuer, trustedIssuerSchema } from './schema.ts'
import type { TrustedIssuers } from './trusted-issuers.ts'

export interface TrustedIssuerRouteServices {
  readonly trustedIssuers: TrustedIssuers
}

const params = z.strictObject({ issuer_id: typedId('tis') })
const readAuth = { kind: 'permission', permission: 'clients.read' } as const
const writeAuth = { kind: 'permission', permission: 'clients.write' } as const
const rateLimit = { limit: 300, window: minutes(1), by: 'principal' } as const
const tag = 'Trusted issuers'

/** Whose assertions clients may exchange for tokens, as administrators see it. */
export function trustedIssuerRoutes(services: TrustedIssuerRouteServices): readonly Route[] {
  return [listRoute(services), createRoute(services), deleteRoute(services)]
}

const listRoute = ({ trustedIssuers }: TrustedIssuerRouteServices) =>
  defineRoute({
    id: 'listTrustedIssuers',
    method: 'GET',
    path: '/api/admin/trusted-issuers',
    tag,
    summary: 'List the issuers whose assertions count, newest first',
    auth: readAuth,
    audit: { none: 'a read of what the administrator administers' },
    rateLimit,
    query: pageQuery.extend({ after: typedId('tis').optional() }),
    responses: { 200: { description: 'A page of issuers', schema: pageOf(trustedIssuerSchema) } },
    errors: [],
    handler: async (context, { query: { after, limit } }) => {
      const found = await trustedIssuers.list(context, { after, limit: limit + 1 })
      const page = toPage([...found], limit)
      return { status: 200, body: { data: page.items.map(presentTrustedIssuer), next: page.next } }
    },
  })

const createRoute = ({ trustedIssuers }: TrustedIssuerRouteServices) =>
  defineRoute({
    id: 'createTrustedIssuer',
    method: 'POST',
    path: '/api/admin/trusted-issuers',
    tag,
    summary: 'Trust the assertions of an issuer about users (RFC 7523)',
    description:
      'The named clients may exchange its assertions for access tokens of the named scopes. A ' +
      'second factor that the user or a policy demands is not replaced by an assertion.',
    auth: writeAuth,
    audit: { events: ['trusted_issuer.created'] },
    rateLimit,
    body: createTrustedIssuerSchema,
    responses: { 201: { description: 'The issuer', schema: trustedIssuerSchema } },
    errors: [oauthErrors.trusted_issuer_exists, oauthErrors.trusted_issuer_is_own],
    handler: async (context, { body }) => ({
      status: 201,
      body: presentTrustedIssuer(
        await trustedIssuers.create(context, {
          issuer: body.issuer,
          jwks: body.jwks,
          jwksUri: body.jwks_uri,
          subjectMapping: body.subject_mapping,
          clientIds: body.client_ids,
          scopes: body.scopes,
        }),
      ),
    }),
  })

const deleteRoute = ({ trustedIssuers }: TrustedIssuerRouteServices) =>
  defineRoute({
    id: 'deleteTrustedIssuer',
    method: 'DELETE',
    path: '/api/admin/trusted-issuers/{issuer_id}',
    tag,
    summary: 'Trust an issuer no more',
    description: 'Tokens that were given for its assertions end with their lifetime of minutes.',
    auth: writeAuth,
    audit: { events: ['trusted_issuer.deleted'] },
    rateLimit,
    params,
    responses: { 204: { description: 'Its assertions are refused' } },
    errors: [oauthErrors.trusted_issuer_not_found],
    handler: async (context, { params: { issuer_id } }) => {
      await trustedIssuers.remove(context, issuer_id)
      return { status: 204 }
    },
  })
