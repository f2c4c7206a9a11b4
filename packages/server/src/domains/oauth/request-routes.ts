import { z } from 'zod'
import { minutes } from '../../kernel/index.ts'
import { defineRoute, pageOf, type Route } from '../../platform/http/index.ts'
import { oauthErrors } from './errors.ts'
import type { OAuth } from './oauth.ts'

export interface RequestRouteServices {
  readonly oauth: OAuth
}

const rateLimit = { limit: 120, window: minutes(1), by: 'principal' } as const
const tag = 'Authentication requests'
const params = z.strictObject({ request_id: z.string().regex(/^[0-9a-f]{64}$/) })
const requestSchema = z.object({
  id: z.string(),
  client_id: z.string(),
  client_name: z.string(),
  scopes: z.array(z.string()),
  binding_message: z.string().optional(),
  expires_at: z.string(),
})
const registrationTokenSchema = z.object({ initial_access_token: z.string(), expires_in: z.int() })

/** What clients ask of users from elsewhere, and who may register clients. */
export function requestRoutes(services: RequestRouteServices): readonly Route[] {
  return [
    listRoute(services),
    answerRoute(services, 'approve'),
    answerRoute(services, 'deny'),
    registrationTokenRoute(services),
  ]
}

const listRoute = ({ oauth }: RequestRouteServices) =>
  defineRoute({
    id: 'listAuthenticationRequests',
    method: 'GET',
    path: '/api/auth/authentication-requests',
    tag,
    summary: 'List what applications ask of me from elsewhere (CIBA)',
    auth: { kind: 'user' },
    audit: { none: 'a read of the own account' },
    rateLimit,
    responses: {
      200: { description: 'The newest ones, on one page', schema: pageOf(requestSchema) },
    },
    errors: [],
    handler: async (context) => {
      const requests = await oauth.listAuthenticationRequests(context)
      const data = requests.map((request) => ({
        id: request.id,
        client_id: request.clientId,
        client_name: request.clientName,
        scopes: [...request.scopes],
        binding_message: request.bindingMessage,
        expires_at: request.expiresAt.toISOString(),
      }))
      return { status: 200, body: { data } }
    },
  })

const answerRoute = ({ oauth }: RequestRouteServices, verb: 'approve' | 'deny') =>
  defineRoute({
    id: `${verb}AuthenticationRequest`,
    method: 'POST',
    path: `/api/auth/authentication-requests/{request_id}/${verb}`,
    tag,
    summary: verb === 'approve' ? 'Allow what an application asks' : 'Refuse it',
    auth: { kind: 'user' },
    audit: { events: [verb === 'approve' ? 'oauth.request_approved' : 'oauth.request_denied'] },
    rateLimit,
    params,
    responses: { 204: { description: 'The application learns it when it asks next' } },
    errors: [oauthErrors.authentication_request_not_found],
    handler: async (context, { params: { request_id } }) => {
      const answer = { id: request_id, isApproved: verb === 'approve' }
      await oauth.answerAuthenticationRequest(context, answer)
      return { status: 204 }
    },
  })

const registrationTokenRoute = ({ oauth }: RequestRouteServices) =>
  defineRoute({
    id: 'issueRegistrationToken',
    method: 'POST',
    path: '/api/admin/clients/registration-tokens',
    tag: 'OAuth clients',
    summary: 'Make an initial access token for dynamic registration (RFC 7591)',
    description: 'Whoever has it may register clients for a day. They are never first-party.',
    auth: { kind: 'permission', permission: 'clients.write' },
    audit: { events: ['client.registration_token_issued'] },
    rateLimit,
    responses: { 201: { description: 'Shown once', schema: registrationTokenSchema } },
    errors: [],
    handler: async (context) => {
      const { token, expiresIn } = await oauth.issueRegistrationToken(context)
      return { status: 201, body: { initial_access_token: token.reveal(), expires_in: expiresIn } }
    },
  })
