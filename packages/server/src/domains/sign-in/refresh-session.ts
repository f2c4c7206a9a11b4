import type { RequestContext, Secret } from '../../kernel/index.ts'
import { insufficientAuthentication } from '../../platform/http/index.ts'
import type { Identity } from '../identity/index.ts'
import type { Keys } from '../keys/index.ts'
import type { Sessions } from '../sessions/index.ts'
import { issueAccessToken, type RefreshedSession, type RefreshTokens } from '../tokens/index.ts'
import { assessCookie, checkRiskOfTokens, type RiskServices } from './assess-risk.ts'
import { signInErrors } from './errors.ts'
import { findSessionDebt, isIdleByNow } from './judge-session.ts'
import { FIRST_PARTY_CLIENT_ID, FIRST_PARTY_SCOPE } from './policy.ts'

export interface RefreshServices extends RiskServices {
  readonly identity: Pick<Identity, 'getUser'>
  readonly keys: Keys
  readonly refreshTokens: RefreshTokens
  readonly sessions: Sessions
}

export interface RefreshedTokens {
  readonly accessToken: string
  readonly expiresIn: number
  /** undefined for a browser session: its cookie stays what it is. */
  readonly refreshToken: Secret<string> | undefined
}

/**
 * Exchanges a refresh token for its successor and a new access token.
 * @throws invalid_refresh_token for every reason there is; the audit trail has the right one;
 * session_policy_changed, risk_refused
 * @see RFC 9700 §4.14.2
 */
export async function refreshSession(
  services: RefreshServices,
  context: RequestContext,
  presented: Secret<string>,
): Promise<RefreshedTokens> {
  const outcome = await services.refreshTokens.rotate(context, presented)
  switch (outcome.kind) {
    case 'rotated': {
      await checkRefreshed(services, context, outcome.session)
      await checkRiskOfTokens(services, context, outcome.session, 'refresh')
      const tokens = await accessTokenFor(services, context, outcome.session)
      return { ...tokens, refreshToken: outcome.refreshToken }
    }
    case 'refused':
      throw signInErrors.invalid_refresh_token()
  }
}

/**
 * Gives a browser session an access token for other resource servers.
 * @throws invalid_refresh_token if the cookie is of no live session; insufficient_user_authentication
 */
export async function refreshByCookie(
  services: RefreshServices,
  context: RequestContext,
  cookie: string | undefined,
): Promise<RefreshedTokens> {
  const session =
    cookie === undefined ? undefined : await services.sessions.findByCookie(context, cookie)
  if (session === undefined || isIdleByNow(context, session)) {
    throw signInErrors.invalid_refresh_token()
  }
  const risky = await assessCookie(services, context, session)
  if (risky === 'refused') throw signInErrors.invalid_refresh_token()
  const owes = findSessionDebt(context, session) ?? risky
  if (owes !== undefined) throw insufficientAuthentication(owes)
  return { ...(await accessTokenFor(services, context, session)), refreshToken: undefined }
}

/**
 * SECURITY: resource servers that verify offline do not know the rules of the tenant, so no token is
 * issued for a session that does not keep those of now. It ends: its refresh token is used up, and
 * with the access token from before there was time to step up.
 * @throws session_policy_changed
 */
async function checkRefreshed(
  { identity, sessions }: RefreshServices,
  context: RequestContext,
  { sessionId, userId, ...session }: RefreshedSession,
): Promise<void> {
  const mayOwe = findSessionDebt(context, { ...session, userCreatedAt: new Date(0) })
  if (mayOwe === undefined) return
  // Read only for those who would owe without a grace.
  const { createdAt: userCreatedAt } = await identity.getUser(context, userId)
  if (findSessionDebt(context, { ...session, userCreatedAt }) === undefined) return
  await sessions.endRefused(context, { sessionId, userId, reason: 'policy_changed' })
  throw signInErrors.session_policy_changed()
}

type RefreshableSession = Omit<
  Parameters<typeof issueAccessToken>[2],
  'clientId' | 'scope' | 'notAfter'
> & { readonly absoluteExpiresAt: Date }

async function accessTokenFor(
  { keys }: RefreshServices,
  context: RequestContext,
  session: RefreshableSession,
): Promise<{ accessToken: string; expiresIn: number }> {
  const { token, expiresIn } = await issueAccessToken({ keys }, context, {
    userId: session.userId,
    sessionId: session.sessionId,
    clientId: FIRST_PARTY_CLIENT_ID,
    scope: FIRST_PARTY_SCOPE,
    roles: session.roles,
    acr: session.acr,
    amr: session.amr,
    authTime: session.authTime,
    notAfter: session.absoluteExpiresAt,
  })
  return { accessToken: token, expiresIn }
}
