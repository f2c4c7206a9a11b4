import type { RequestContext } from '../../../kernel/index.ts'
import { ACCOUNT_SCOPE } from '../own-resources.ts'
import { findLiveToken, type TokenLivenessServices } from './is-token-live.ts'
import { scopesAt } from './resource-servers.ts'

/**
 * Whether a client's token with the scope `account` opens our own API: it counts, and its client
 * still is the tenant's own and may have that scope (I4). Attack: a client that an administrator took
 * it from goes on with the tokens that it has.
 */
export async function opensOwnApi(
  services: TokenLivenessServices,
  context: RequestContext,
  claims: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const token = await findLiveToken(services, context, claims)
  if (token?.holder === undefined) return false
  const { tenant } = context
  return scopesAt(tenant, token.holder, tenant.issuer)?.includes(ACCOUNT_SCOPE) === true
}
