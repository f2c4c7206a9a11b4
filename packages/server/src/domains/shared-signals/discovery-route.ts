import { z } from 'zod'
import { minutes } from '../../kernel/index.ts'
import { defineRoute, type Route } from '../../platform/http/index.ts'
import { POLL_METHOD, PUSH_METHOD } from './schema.ts'

/** What a receiver needs to know of the transmitter. @see SSF §7.1 */
export const transmitterRoute = (): Route =>
  defineRoute({
    id: 'getSsfConfiguration',
    method: 'GET',
    path: '/.well-known/ssf-configuration',
    tag: 'Discovery',
    summary: 'Metadata of the transmitter of security events (SSF §7)',
    description: 'Also at `/.well-known/ssf-configuration/t/{tenant}`.',
    auth: { kind: 'public', reason: 'it is discovery, the same for everyone' },
    audit: { none: 'a public read' },
    rateLimit: { limit: 600, window: minutes(1), by: 'source' },
    cacheControl: 'public, max-age=300',
    responses: { 200: { description: 'The metadata', schema } },
    errors: [],
    handler: async ({ tenant: { issuer } }) => ({ status: 200, body: describe(issuer) }),
  })

function describe(issuer: string): z.input<typeof schema> {
  return {
    spec_version: '1_0',
    issuer,
    jwks_uri: `${issuer}/jwks.json`,
    delivery_methods_supported: [PUSH_METHOD, POLL_METHOD],
    configuration_endpoint: `${issuer}/ssf/streams`,
    status_endpoint: `${issuer}/ssf/status`,
    add_subject_endpoint: `${issuer}/ssf/subjects/add`,
    remove_subject_endpoint: `${issuer}/ssf/subjects/remove`,
    verification_endpoint: `${issuer}/ssf/verify`,
    // Without `session`, a receiver would take the end of one session for the end of all.
    critical_subject_members: ['session', 'user'],
    authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6749' }],
    default_subjects: 'ALL',
  }
}

const schema = z.object({
  spec_version: z.string(),
  issuer: z.string(),
  jwks_uri: z.string(),
  delivery_methods_supported: z.array(z.string()),
  configuration_endpoint: z.string(),
  status_endpoint: z.string(),
  add_subject_endpoint: z.string(),
  remove_subject_endpoint: z.string(),
  verification_endpoint: z.string(),
  critical_subject_members: z.array(z.string()),
  authorization_schemes: z.array(z.object({ spec_urn: z.string() })),
  default_subjects: z.enum(['ALL', 'NONE']),
})
