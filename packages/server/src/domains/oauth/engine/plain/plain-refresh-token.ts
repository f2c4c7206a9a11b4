import { z } from 'zod'
import type { ClientWithSecrets } from '../../clients/model.ts'
import type { GrantFacts } from '../grant-store.ts'
import type { Payload } from '../record-payload.ts'

/**
 * SECURITY: every member that has a meaning here. A token that says more (a key or certificate it
 * is bound to, authorization details, claims that were asked for, that it was used) is not plain.
 */
const tokenSchema = z.strictObject({
  kind: z.literal('RefreshToken'),
  jti: z.string(),
  iat: z.int(),
  exp: z.int(),
  iiat: z.int(),
  clientId: z.string(),
  accountId: z.string(),
  grantId: z.string(),
  gty: z.string(),
  rotations: z.int(),
  scope: z.string(),
  resource: z.string(),
  acr: z.string().optional(),
  amr: z.array(z.string()).optional(),
  authTime: z.int().optional(),
  nonce: z.string().optional(),
  sessionUid: z.string().optional(),
  sid: z.string().optional(),
})

/** What the engine keeps of a refresh token that is bound to its client alone. */
export type PlainRefreshToken = z.infer<typeof tokenSchema>

/** SECURITY: the same. A grant that rejects something, or allows details, is for the engine to read. */
const grantSchema = z.strictObject({
  kind: z.literal('Grant'),
  jti: z.string(),
  iat: z.int(),
  exp: z.int(),
  clientId: z.string(),
  accountId: z.string(),
  openid: z.strictObject({ scope: z.string() }).optional(),
  resources: z.record(z.string(), z.string()),
})

/** What a refresh token stands for, as the client that presents it may have it now. */
export interface PlainGrant {
  readonly token: PlainRefreshToken
  readonly facts: GrantFacts
  /** OpenID Connect scopes that token and grant both have. */
  readonly oidcScopes: readonly string[]
  /** Of the resource server; the same. */
  readonly resourceScopes: readonly string[]
}

/**
 * That both are not over was asked by who read them; that they fit together is asked by the gate.
 * @returns undefined for what is not plain, or not of this client
 */
export function readPlainGrant(
  stored: Payload,
  grants: ReadonlyMap<string, GrantFacts>,
  client: ClientWithSecrets,
): PlainGrant | undefined {
  const { data: token } = tokenSchema.safeParse(stored)
  const facts = token === undefined ? undefined : grants.get(token.grantId)
  if (token === undefined || facts === undefined || token.clientId !== client.id) return undefined
  const { data: grant } = grantSchema.safeParse(facts.payload)
  if (grant === undefined) return undefined
  const inToken = new Set(token.scope.split(' '))
  const both = (granted = '') => granted.split(' ').filter((scope) => inToken.has(scope))
  return {
    token,
    facts,
    oidcScopes: both(grant.openid?.scope),
    resourceScopes: both(grant.resources[token.resource]),
  }
}
