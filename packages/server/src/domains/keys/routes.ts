import { z } from 'zod'
import { hours, minutes } from '../../kernel/index.ts'
import {
  defineRoute,
  pageOf,
  pageQuery,
  type Route,
  toPage,
  typedId,
} from '../../platform/http/index.ts'
import { keyErrors } from './errors.ts'
import type { Keys } from './keys.ts'
import { PUBLIC_CACHE_CONTROL } from './policy.ts'
import {
  jwkSetSchema,
  presentSigningKey,
  rotateKeysSchema,
  signingKeySchema,
  signingKeysSchema,
} from './schema.ts'

const publicRateLimit = { limit: 600, window: minutes(1), by: 'source' } as const
/** Every forced rotation publishes one more key for an hour, and verifiers cap a key set. */
const changeRateLimit = { limit: 60, window: hours(1), by: 'principal' } as const

export interface KeyRouteServices {
  readonly keys: Keys
}

export function keyRoutes(services: KeyRouteServices): readonly Route[] {
  return [jwksRoute(services), listRoute(services), rotateRoute(services), revokeRoute(services)]
}

const jwksRoute = ({ keys }: KeyRouteServices) =>
  defineRoute({
    id: 'getJwks',
    method: 'GET',
    path: '/jwks.json',
    tag: 'Discovery',
    summary: 'Public keys that verify the tokens of this tenant (RFC 7517)',
    auth: { kind: 'public', reason: 'public keys are there to be read by anyone' },
    audit: { none: 'a public read' },
    rateLimit: publicRateLimit,
    cacheControl: PUBLIC_CACHE_CONTROL,
    responses: { 200: { description: 'The key set', schema: jwkSetSchema } },
    errors: [],
    handler: async ({ tenant }) => ({ status: 200, body: await keys.jwks(tenant) }),
  })

const listRoute = ({ keys }: KeyRouteServices) =>
  defineRoute({
    id: 'listSigningKeys',
    method: 'GET',
    path: '/api/admin/keys',
    tag: 'Keys',
    summary: 'List the signing keys of this tenant, newest first',
    auth: { kind: 'permission', permission: 'keys.read' },
    audit: { none: 'a read of public keys' },
    rateLimit: { limit: 300, window: minutes(1), by: 'principal' },
    query: pageQuery.extend({ after: typedId('key').optional() }),
    responses: { 200: { description: 'A page of keys', schema: pageOf(signingKeySchema) } },
    errors: [],
    handler: async (context, { query: { after, limit } }) => {
      const page = toPage(await keys.list(context, { after, limit: limit + 1 }), limit)
      return { status: 200, body: { data: page.items.map(presentSigningKey), next: page.next } }
    },
  })

const rotateRoute = ({ keys }: KeyRouteServices) =>
  defineRoute({
    id: 'rotateSigningKeys',
    method: 'POST',
    path: '/api/admin/keys/rotate',
    tag: 'Keys',
    summary: 'Let the next signing key sign, and publish a new one',
    description:
      'Of every algorithm that the tenant signs with, or of the one that is named. Tokens of the key that signed until now stay valid. Refused for 20 minutes after the next key was published, unless `force` is true.',
    auth: { kind: 'permission', permission: 'keys.write' },
    audit: { events: ['signing_key.rotated'] },
    rateLimit: changeRateLimit,
    body: rotateKeysSchema,
    responses: { 200: { description: 'What is published now', schema: signingKeysSchema } },
    errors: [keyErrors.signing_key_too_new, keyErrors.signing_algorithm_not_offered],
    handler: async (context, { body }) => {
      const { force, algorithm } = body ?? {}
      const published = await keys.rotate(context, { force, algorithm })
      return { status: 200, body: { data: published.map(presentSigningKey) } }
    },
  })

const revokeRoute = ({ keys }: KeyRouteServices) =>
  defineRoute({
    id: 'revokeSigningKey',
    method: 'POST',
    path: '/api/admin/keys/{key_id}/revoke',
    tag: 'Keys',
    summary: 'Withdraw a signing key at once',
    description:
      'For a key that may be known to others: every token that it signed is refused from now on.',
    auth: { kind: 'permission', permission: 'keys.write' },
    audit: { events: ['signing_key.revoked'] },
    rateLimit: changeRateLimit,
    params: z.strictObject({ key_id: typedId('key') }),
    responses: { 200: { description: 'The revoked key', schema: signingKeySchema } },
    errors: [keyErrors.signing_key_not_found, keyErrors.signing_key_not_in_use],
    handler: async (context, { params: { key_id } }) => ({
      status: 200,
      body: presentSigningKey(await keys.revoke(context, key_id)),
    }),
  })
