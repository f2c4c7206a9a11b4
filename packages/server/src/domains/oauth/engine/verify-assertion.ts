import { decodeJwt, type JWTPayload, jwtVerify } from 'jose'
import { errors } from 'oidc-provider'
import { findTrustedIssuer, toTrustedIssuer } from '../trusted-issuers/store.ts'
import type { TrustedIssuer } from '../trusted-issuers/model.ts'
import type { EngineServices } from './engine-services.ts'
import { currentScope } from './request-scope.ts'
import { clientOf } from './resource-servers.ts'

export interface VerifiedAssertion {
  readonly trusted: TrustedIssuer
  readonly claims: JWTPayload & {
    readonly sub: string
    readonly jti: string
    readonly iat: number
    readonly exp: number
  }
}

/**
 * An assertion of somebody whom this tenant trusts, about one user, for us alone and for now.
 * Whether it was used before is asked where it is used up.
 * @throws InvalidGrant
 * @see RFC 7523 §3
 */
export async function verifyAssertion(
  { database, issuerKeys, logger }: EngineServices,
  clientId: string,
  assertion: string,
): Promise<VerifiedAssertion> {
  const { context } = currentScope()
  const now = context.clock.now()
  const [rows] = await database.tenantBatch(context.tenant.id, [
    findTrustedIssuer(issuerOf(assertion)),
  ])
  const trusted = rows[0] === undefined ? undefined : toTrustedIssuer(rows[0])
  if (trusted === undefined || !trusted.clientIds.includes(clientOf(clientId).id)) {
    throw refused('its issuer is not trusted for this client')
  }
  const verified = await jwtVerify(assertion, issuerKeys.of(trusted), {
    issuer: trusted.issuer,
    algorithms: ALGORITHMS,
    currentDate: now,
    clockTolerance: 10,
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'],
  }).catch((err: unknown) => {
    logger.warn('oauth.assertion_refused', { err })
    throw refused('signature, keys or times are not acceptable')
  })
  const { payload, protectedHeader } = verified
  // Attack: an ID token, an access token or a logout token of that issuer, made for other ends.
  if (!TYPES.has(protectedHeader.typ?.toLowerCase())) throw refused('it is of another type')
  // RFC 7523 §3 no 3: for us, and for nobody else who could bring it here.
  if (payload.aud !== context.tenant.issuer) throw refused('it is not for this server alone')
  const { sub, jti, iat = 0, exp = 0 } = payload
  if (sub === undefined || sub === '' || jti === undefined || jti === '') {
    throw refused('its subject or id is missing')
  }
  if (iat > now.getTime() / 1000 + 10) throw refused('it was issued in times to come')
  if (exp - iat > MAX_LIFETIME_SECONDS) throw refused('it lives for too long')
  return { trusted, claims: { ...payload, sub, jti, iat, exp } }
}

function issuerOf(assertion: string): string {
  try {
    return decodeJwt(assertion).iss ?? ''
  } catch {
    throw refused('it is no JWT')
  }
}

function refused(why: string): Error {
  return new errors.InvalidGrant(`assertion refused: ${why}`)
}

/** RS256 as well: most issuers elsewhere have nothing else. No secret is ever a key. */
const ALGORITHMS = ['ES256', 'ES384', 'PS256', 'RS256', 'EdDSA', 'Ed25519']
const TYPES: ReadonlySet<string | undefined> = new Set([
  undefined,
  'jwt',
  'authorization-grant+jwt',
])
/** RFC 7523 §3 no 4: it is made for one request. */
const MAX_LIFETIME_SECONDS = 600
