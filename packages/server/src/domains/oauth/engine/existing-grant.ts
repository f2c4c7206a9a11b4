import type { Grant, KoaContextWithOIDC } from 'oidc-provider'
import type { Database } from '../../../platform/db/index.ts'
import type { LiveSession } from '../../sessions/index.ts'
import { type Consent, findConsents } from './consent-store.ts'
import { modelsOf } from './engine-models.ts'
import { findGrantOfSession, type GrantFacts, toGrantFacts } from './grant-store.ts'
import { currentScope } from './request-scope.ts'
import { clientOf } from './resource-servers.ts'

/**
 * The grant that this client has in this session, grown by what needs no question: everything for a
 * first-party client, what was allowed before for others.
 */
export async function loadExistingGrant(
  database: Database,
  ctx: KoaContextWithOIDC,
): Promise<Grant | undefined> {
  const { live, context, grants } = currentScope()
  if (live === undefined) return undefined
  const client = clientOf(ctx.oidc.client?.clientId)
  const [grantRows, consentRows] = await database.tenantBatch(context.tenant.id, [
    findGrantOfSession(live.sessionId, client.id, context.clock.now()),
    findConsents(live.userId, client.id),
  ])
  const { Grant } = modelsOf(ctx.oidc.provider)
  const decided = await findDecided(ctx, live)
  const known = decided ?? (grantRows[0] === undefined ? undefined : toGrantFacts(grantRows[0]))
  if (known !== undefined) grants.set(known.id, known)
  const grant =
    known === undefined
      ? new Grant({ accountId: live.userId, clientId: ctx.oidc.client?.clientId ?? '' })
      : await Grant.find<Grant>(known.id)
  if (grant === undefined) return undefined
  const allowed = client.isFirstParty ? everythingAsked(ctx) : (consentRows[0] ?? NOTHING)
  const hasGrown = grow(grant, ctx, allowed)
  if (hasGrown) await grant.save()
  return grant.jti === undefined ? undefined : grant
}

/** The grant that the consent of this very request made; it may carry authorization details. */
async function findDecided(
  ctx: KoaContextWithOIDC,
  live: LiveSession,
): Promise<GrantFacts | undefined> {
  const { Grant } = modelsOf(ctx.oidc.provider)
  const id = ctx.oidc.result?.consent?.grantId
  if (id === undefined || (await Grant.find<Grant>(id)) === undefined) return undefined
  const facts = currentScope().grants.get(id)
  return facts?.sessionId === live.sessionId ? facts : undefined
}

function everythingAsked(ctx: KoaContextWithOIDC): Consent {
  const scopes = [...ctx.oidc.requestParamScopes]
  return {
    scopes,
    claims: [...ctx.oidc.requestParamClaims],
    resources: Object.fromEntries(
      Object.keys(ctx.oidc.resourceServers ?? {}).map((resource) => [resource, scopes]),
    ),
  }
}

/** Adds what is asked for and allowed, and no more. @returns whether anything was added */
function grow(grant: Grant, ctx: KoaContextWithOIDC, allowed: Consent): boolean {
  const before = JSON.stringify([grant.openid, grant.resources])
  const scopes = [...ctx.oidc.requestParamOIDCScopes].filter((s) => allowed.scopes.includes(s))
  if (scopes.length > 0) grant.addOIDCScope(scopes)
  const claims = [...ctx.oidc.requestParamClaims].filter((c) => allowed.claims.includes(c))
  if (claims.length > 0) grant.addOIDCClaims(claims)
  for (const [resource, server] of Object.entries(ctx.oidc.resourceServers ?? {})) {
    const wanted = [...ctx.oidc.requestParamScopes].filter(
      (scope) => server.scopes.has(scope) && allowed.resources[resource]?.includes(scope) === true,
    )
    if (wanted.length > 0) grant.addResourceScope(resource, wanted)
  }
  return before !== JSON.stringify([grant.openid, grant.resources])
}

const NOTHING: Consent = { scopes: [], claims: [], resources: {} }
