import { createVerifier, type Verifier, VerifyError } from '@countersign/verify'
import {
  type Clock,
  earlierOf,
  type KeyId,
  parseId,
  type Principal,
  type RequestContext,
  type TenantRef,
  weakerAcr,
} from '../../kernel/index.ts'
import type { Database } from '../../platform/db/index.ts'
import { httpErrors } from '../../platform/http/index.ts'
import { permissionsOf } from '../access/index.ts'
import { recordRefusal } from '../audit/index.ts'
import type { Keys } from '../keys/index.ts'
import type { LiveSession, Sessions } from '../sessions/index.ts'
import { FIRST_PARTY_SCOPE } from './policy.ts'

export interface AuthenticationServices {
  readonly database: Database
  readonly keys: Keys
  readonly sessions: Sessions
  readonly clock: Clock
}

/** A principal together with what is known of its user, so that nobody must read it again. */
export type AuthenticatedPrincipal = Principal & { readonly session: LiveSession }

export interface RequestAuthenticator {
  /** @throws invalid_token */
  bearer(context: RequestContext, accessToken: string): Promise<AuthenticatedPrincipal>
  cookie(context: RequestContext, cookie: string): Promise<AuthenticatedPrincipal | undefined>
}

/**
 * Makes the two ways in. A signature proves who a token was issued to; whether the session behind
 * it still lives is asked of the database on every request, so a revocation holds at once.
 */
export function createRequestAuthenticator(services: AuthenticationServices): RequestAuthenticator {
  const verifiers = new Map<string, Verifier>()
  const verifierOf = (tenant: TenantRef): Verifier => {
    const known = verifiers.get(tenant.id)
    if (known !== undefined) return known
    if (verifiers.size >= MAX_VERIFIERS) verifiers.clear()
    const made = createVerifier({
      issuer: tenant.issuer,
      audience: tenant.issuer,
      jwks: services.keys.verificationKeys(tenant),
      clock: services.clock,
      requireTenant: true,
      cacheSize: 2_000,
    })
    verifiers.set(tenant.id, made)
    return made
  }
  return {
    bearer: async (context, accessToken) => {
      try {
        return await authenticateBearer(services, verifierOf(context.tenant), context, accessToken)
      } catch (error) {
        if (!(error instanceof VerifyError)) throw error
        return refuse(services, context, error.code, error.wwwAuthenticate)
      }
    },
    cookie: async (context, cookie) => {
      const session = await services.sessions.findByCookie(context, cookie)
      return session === undefined ? undefined : toPrincipal(context, session, 'session_cookie')
    },
  }
}

async function authenticateBearer(
  services: AuthenticationServices,
  verifier: Verifier,
  context: RequestContext,
  accessToken: string,
): Promise<AuthenticatedPrincipal> {
  const verified = await verifier.verify(accessToken)
  const sessionId = parseId('ses', verified.session ?? '')
  const keyId = readKeyId(accessToken)
  if (verified.tenant !== context.tenant.id || sessionId === undefined || keyId === undefined) {
    return refuse(services, context, 'claims_of_another_kind')
  }
  if (!verified.scopes.includes(FIRST_PARTY_SCOPE)) {
    return refuse(services, context, 'scope_missing')
  }
  const session = await services.sessions.findLive(context, sessionId, keyId)
  if (session === undefined || session.userId !== verified.subject) {
    return refuse(services, context, 'session_over')
  }
  const principal = toPrincipal(context, session, 'access_token')
  // SECURITY: a step-up strengthens the session, not the access tokens from before it. Attack:
  // somebody who copied one waits for its owner to step up.
  return {
    ...principal,
    acr: weakerAcr(verified.acr ?? '', session.acr),
    amr: verified.amr,
    authTime: earlierOf(verified.authTime ?? new Date(0), session.authTime),
  }
}

function toPrincipal(
  context: RequestContext,
  session: LiveSession,
  via: Principal['via'],
): AuthenticatedPrincipal {
  const { userId, sessionId, roles, permissions, authTime, acr, amr } = session
  const effective = permissionsOf(context.tenant, roles, permissions)
  return {
    kind: 'user',
    userId,
    sessionId,
    via,
    roles,
    permissions: effective,
    authTime,
    acr,
    amr,
    session,
  }
}

/** The signature was verified under this key, so the header can be trusted here. */
function readKeyId(accessToken: string): KeyId | undefined {
  const segment = accessToken.slice(0, accessToken.indexOf('.'))
  const header = JSON.parse(Buffer.from(segment, 'base64url').toString()) as { kid?: string }
  return parseId('key', header.kid ?? '')
}

async function refuse(
  { database }: AuthenticationServices,
  context: RequestContext,
  reason: string,
  wwwAuthenticate = 'Bearer error="invalid_token"',
): Promise<never> {
  // An access token that merely expired is daily life and decides nothing.
  if (reason !== 'token_expired') {
    await recordRefusal(database, context, { action: 'access_token.refused', details: { reason } })
  }
  if (reason === 'keys_unavailable') throw new Error('our own keys are never unavailable')
  throw httpErrors.invalid_token({ wwwAuthenticate, internal: reason })
}

const MAX_VERIFIERS = 2_000
