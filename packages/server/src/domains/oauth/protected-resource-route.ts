import { z } from 'zod'
import { minutes } from '../../kernel/index.ts'
import { defineRoute, type Route } from '../../platform/http/index.ts'
import { ACCOUNT_SCOPE } from './own-resources.ts'

/** What a client needs to know of our own API to get tokens for it. @see RFC 9728 §3 */
export const protectedResourceRoute = (): Route =>
  defineRoute({
    id: 'getProtectedResource',
    method: 'GET',
    path: '/.well-known/oauth-protected-resource',
    tag: 'Discovery',
    summary: 'Metadata of this API as a protected resource (RFC 9728)',
    auth: { kind: 'public', reason: 'it is discovery, the same for everyone' },
    audit: { none: 'a public read' },
    rateLimit: { limit: 600, window: minutes(1), by: 'source' },
    cacheControl: 'public, max-age=300',
    responses: { 200: { description: 'The metadata', schema } },
    errors: [],
    handler: async ({ tenant: { issuer } }) => ({
      status: 200,
      body: {
        resource: issuer,
        authorization_servers: [issuer],
        jwks_uri: `${issuer}/jwks.json`,
        scopes_supported: [ACCOUNT_SCOPE],
        bearer_methods_supported: ['header' as const],
      },
    }),
  })

const schema = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.string()),
  jwks_uri: z.string(),
  scopes_supported: z.array(z.string()),
  bearer_methods_supported: z.array(z.literal('header')),
})
