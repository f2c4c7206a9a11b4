import { toNumericDate, toSeconds } from '../../../../kernel/index.ts'
import { ID_TOKEN_LIFETIME } from '../../policy.ts'
import { claimsOf } from '../account.ts'
import { currentScope } from '../request-scope.ts'
import { CLAIMS_BY_SCOPE } from '../scopes.ts'
import type { PlainGrant } from './plain-refresh-token.ts'

/**
 * OIDC Core §12.2: who signed in, how and when, as before; and of the user what the scopes allow
 * now.
 */
export function idTokenClaimsOf({
  token,
  facts,
  oidcScopes,
}: Pick<PlainGrant, 'token' | 'facts' | 'oidcScopes'>): object {
  const { tenant, clock } = currentScope().context
  const iat = toNumericDate(clock.now())
  const { acr, amr, authTime: auth_time, sid, nonce } = token
  const known = { ...claimsOf(facts.userId, facts), acr, amr, auth_time }
  const allowed = new Set<string>(
    Object.entries(CLAIMS_BY_SCOPE).flatMap(([scope, names]) =>
      oidcScopes.includes(scope) ? names : [],
    ),
  )
  const told = Object.entries(known).filter(([name]) => allowed.has(name))
  return {
    ...Object.fromEntries(told),
    nonce,
    sid,
    aud: token.clientId,
    exp: iat + toSeconds(ID_TOKEN_LIFETIME),
    iat,
    iss: tenant.issuer,
  }
}
