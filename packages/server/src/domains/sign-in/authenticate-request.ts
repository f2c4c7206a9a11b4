import { createVerifier, type Verifier, VerifyError } from '@countersign/verify'
import {
  type Clock,
  earlierOf,
  type KeyId,
  parseId,
  type Principal,
  type RequestContext,
  SIGNING_ALGORITHMS,
  type TenantRef,
  weakerAcr,
} from '../../kernel/index.ts'
import { httpErrors } from '../../platform/http/index.ts'
import { permissionsOf } from '../access/index.ts'
import type { Keys } from '../keys/index.ts'
import type { LiveSession, Sessions } from '../sessions/index.ts'
import { assessCookie, type RiskServices } from './assess-risk.ts'
import { findSessionDebt, isIdleByNow } from './judge-session.ts'
import { FIRST_PARTY_CLIENT_ID, FIRST_PARTY_SCOPE } from './policy.ts'

/** What is known of the tokens that OAuth clients got; the OAuth domain implements it. */
export interface ClientTokenPort {
  /**
   * False for a token that was revoked, by itself or with its grant, and for one of a client that may
   * not open our own API any more.
   */
  opensOwnApi(context: RequestContext, claims: Readonly<Record<string, unknown>>): Promise<boolean>
}

export interface AuthenticationServices extends RiskServices {
  readonly keys: Keys
  readonly sessions: Sessions
  readonly clock: Clock
  readonly clientTokens: ClientTokenPort
}

export interface RequestAuthenticator {
  /** @throws invalid_token */
  bearer(context: RequestContext, accessToken: string): Promise<Principal>
  cookie(context: RequestContext, cookie: string): Promise<Principal | undefined>
}

/**
 * Makes the two ways in. A signature proves who a token was issued to; whether the session behind
 * it still lives is asked of the database on every request, so a revocation holds at once.
 */
export function createRequestAuthenticator(services: AuthenticationServices): RequestAuthenticator {
  const verifiers = new Map<string, { readonly verifier: Verifier; readonly version: number }>()
  const verifierOf = (tenant: TenantRef): Verifier => {
    const version = tenant.signingKeysVersion
    const known = verifiers.get(tenant.id)
    // SECURITY: it asks for keys as the tenant that it was made for. Attack: made before a revocation,
    // it would be content with the keys from before it for as long as they are kept.
    if (known?.version === version) return known.verifier
    if (verifiers.size >= MAX_VERIFIERS) verifiers.clear()
    const verifier = createVerifier({
      issuer: tenant.issuer,
      audience: tenant.issuer,
      jwks: services.keys.verificationKeys(tenant),
      // A tenant publishes the keys of its own algorithms only, and each is for one of them.
      algorithms: SIGNING_ALGORITHMS,
      clock: services.clock,
      requireTenant: true,
      cacheSize: 2_000,
    })
    verifiers.set(tenant.id, { verifier, version })
    return verifier
  }
  return {
    bearer: async (context, accessToken) => {
      try {
        return await authenticateBearer(services, verifierOf(context.tenant), context, accessToken)
      } catch (error) {
        if (!(error instanceof VerifyError)) throw error
        // Our own keys come from the database: its failure is ours, and no fault of the token.
        if (error.code === 'keys_unavailable') throw error.cause ?? error
        return refuse(error.code, error.wwwAuthenticate)
      }
    },
    cookie: async (context, cookie) => {
      const session = await services.sessions.findByCookie(context, cookie)
      if (session === undefined || isIdleByNow(context, session)) return undefined
      const risky = await assessCookie(services, context, session)
      if (risky === 'refused') return undefined
      const principal = toPrincipal(context, session, 'session_cookie')
      return judged(
        context,
        session,
        risky === undefined ? principal : { ...principal, owes: risky },
      )
    },
  }
}

async function authenticateBearer(
  services: AuthenticationServices,
  verifier: Verifier,
  context: RequestContext,
  accessToken: string,
): Promise<Principal> {
  const verified = await verifier.verify(accessToken)
  const sessionId = parseId('ses', verified.session ?? '')
  const keyId = readKeyId(accessToken)
  if (verified.tenant !== context.tenant.id || sessionId === undefined || keyId === undefined) {
    refuse('claims_of_another_kind')
  }
  if (!verified.scopes.includes(FIRST_PARTY_SCOPE)) {
    refuse('scope_missing')
  }
  const session = await services.sessions.findLive(context, sessionId, keyId)
  if (session === undefined || session.userId !== verified.subject) {
    refuse('session_over')
  }
  if (isIdleByNow(context, session)) refuse('session_idle')
  // I4: a client's token ends with its grant, or alone; our own sign-in's ends with its session.
  if (
    verified.clientId !== FIRST_PARTY_CLIENT_ID &&
    !(await services.clientTokens.opensOwnApi(context, verified.claims))
  ) {
    refuse('token_revoked')
  }
  const principal = toPrincipal(context, session, 'access_token')
  // SECURITY: a step-up strengthens the session, not the access tokens from before it. Attack:
  // somebody who copied one waits for its owner to step up.
  return judged(context, session, {
    ...principal,
    acr: weakerAcr(verified.acr ?? '', session.acr),
    amr: verified.amr,
    authTime: earlierOf(verified.authTime ?? new Date(0), session.authTime),
  })
}

/** ASVS 7.1.2, NIST 800-63B-4 §5.3: the rules of now count, also for sessions from before them. */
function judged(context: RequestContext, session: LiveSession, principal: Principal): Principal {
  const owes = findSessionDebt(context, { ...principal, userCreatedAt: session.userCreatedAt })
  return owes === undefined ? principal : { ...principal, owes }
}

function toPrincipal(
  context: RequestContext,
  session: LiveSession,
  via: Principal['via'],
): Principal {
  const { userId, sessionId, roles, permissions, authTime, acr, amr } = session
  const { email, emailVerifiedAt, displayName, locale, userCreatedAt: createdAt } = session
  return {
    kind: 'user',
    userId,
    sessionId,
    via,
    roles,
    permissions: permissionsOf(context.tenant, roles, permissions),
    authTime,
    acr,
    amr,
    profile: { email, emailVerifiedAt, displayName, locale, createdAt },
  }
}

/**
 * The signature was verified under this key, so the header can be trusted here. All tokens of a key
 * have the same header, so there are few of them.
 */
function readKeyId(accessToken: string): KeyId | undefined {
  const segment = accessToken.slice(0, accessToken.indexOf('.'))
  const known = keyIds.get(segment)
  if (known !== undefined) return known
  const header = JSON.parse(Buffer.from(segment, 'base64url').toString()) as { kid?: string }
  const keyId = parseId('key', header.kid ?? '')
  if (keyIds.size >= MAX_VERIFIERS) keyIds.clear()
  if (keyId !== undefined) keyIds.set(segment, keyId)
  return keyId
}

const keyIds = new Map<string, KeyId>()

function refuse(reason: string, wwwAuthenticate = 'Bearer error="invalid_token"'): never {
  throw httpErrors.invalid_token({ wwwAuthenticate, internal: reason })
}

const MAX_VERIFIERS = 2_000
