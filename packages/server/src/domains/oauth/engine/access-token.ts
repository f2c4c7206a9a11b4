import type { AccessToken, ClientCredentials, KoaContextWithOIDC } from 'oidc-provider'
import { type AccessTokenClaim, type RequestContext, toNumericDate } from '../../../kernel/index.ts'
import { buildAccessTokenClaims } from '../../tokens/index.ts'
import type { GrantFacts } from './grant-store.ts'
import { currentScope, type IssuedToken } from './request-scope.ts'
import { accessTokenClaimsOf, clientOf } from './resource-servers.ts'
import { sessionIdFor, subjectFor } from './subject-for.ts'

type Token = AccessToken | ClientCredentials

/**
 * The engine calls this for every access token that it makes, whatever grant it is for; so no grant
 * can pass by the gate.
 * @returns what introspection adds to an opaque token: what a signed one would say of its user
 * @throws TypeError outside of the token endpoint, where there is no gate
 */
export function noteAccessToken(
  _ctx: KoaContextWithOIDC,
  token: Token,
): Record<string, unknown> | undefined {
  const { context, held } = currentScope()
  if (held === undefined) throw new TypeError('an access token outside of the token endpoint')
  held.tokens.push(token)
  const grant = token.format === 'opaque' ? grantOf(token) : undefined
  if (grant === undefined) return undefined
  return profileFor(context, token, { grant, audience: token.aud })
}

/** The engine calls this for every signed access token, before it signs. */
export function completeClaims(
  _ctx: KoaContextWithOIDC,
  token: Token,
  { payload }: { payload: Record<string, unknown> },
): void {
  addGrantClaims(token, payload)
}

/**
 * Writes the claims of an RFC 9068 token: those of our own sign-in, plus what the grant adds.
 * `grant` names it, so that the token ends with it wherever the server is asked.
 */
export function addGrantClaims(token: IssuedToken, payload: Record<string, unknown>): void {
  const { context, held } = currentScope()
  const grant = grantOf(token)
  if (grant === undefined) {
    payload['tenant'] = context.tenant.id
    return
  }
  const ours = buildAccessTokenClaims(
    context.tenant,
    toSubject(grant, payload),
    context.clock.now(),
  )
  const { tenant, acr, amr, auth_time, roles } = ours
  Object.assign(payload, { tenant, acr, amr, auth_time, roles, grant: grant.id })
  const profile = profileFor(context, token, { grant, audience: payload['aud'] })
  Object.assign(payload, namesFor(grant, payload), profile)
  // No token lives beyond the absolute limit of its session.
  const last = Math.min(toNumericDate(grant.absoluteExpiresAt), held?.exchange?.exp ?? Infinity)
  payload['exp'] = Math.min(Number(payload['exp']), last)
  if (held?.exchange !== undefined) payload['act'] = held.exchange.act
}

/** None for a token that a client gets for itself. */
function grantOf({ grantId }: IssuedToken): GrantFacts | undefined {
  return grantId === undefined ? undefined : currentScope().grants.get(grantId)
}

/** What the tenant has that resource server, or that client, told of its users. */
function profileFor(
  { tenant }: RequestContext,
  { clientId }: IssuedToken,
  { grant, audience }: { readonly grant: GrantFacts; readonly audience: unknown },
) {
  const wanted = accessTokenClaimsOf(tenant, clientOf(clientId), audience)
  const known = {
    email: grant.email,
    email_verified: grant.emailVerifiedAt !== undefined,
    name: grant.displayName,
    locale: grant.locale,
  }
  const told = Object.entries(known).filter(
    ([name, value]) => value !== undefined && wanted.has(name as AccessTokenClaim),
  )
  return Object.fromEntries(told)
}

function toSubject(grant: GrantFacts, payload: Record<string, unknown>) {
  const { userId, sessionId, roles, acr, amr, authTime } = grant
  const scope = typeof payload['scope'] === 'string' ? payload['scope'] : ''
  return { userId, sessionId, clientId: grant.clientId, scope, roles, acr, amr, authTime }
}

/**
 * Who and which session, as the client knows them: it could read the token. Our own API knows nobody
 * but by the names of our own, and gets tokens of first-party clients only.
 */
function namesFor(grant: GrantFacts, { aud }: Readonly<Record<string, unknown>>) {
  const { context, held } = currentScope()
  if (aud === context.tenant.issuer) return { sub: grant.userId, sid: grant.sessionId }
  if (held?.exchange !== undefined) return { sub: held.exchange.sub, sid: held.exchange.sid }
  const client = clientOf(grant.clientId)
  return { sub: subjectFor(client, grant.userId), sid: sessionIdFor(client, grant.sessionId) }
}
