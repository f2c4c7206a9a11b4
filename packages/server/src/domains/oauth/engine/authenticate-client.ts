import { createVerifier, type Principal, VerifyError } from '@countersign/verify'
import {
  type AuthenticatedClient,
  type RequestContext,
  SIGNING_ALGORITHMS,
} from '../../../kernel/index.ts'
import { httpErrors } from '../../../platform/http/index.ts'
import { clientIdOf } from '../clients/client-document.ts'
import { signalsResourceOf } from '../own-resources.ts'
import type { EngineServices } from './engine-services.ts'
import { findLiveToken } from './is-token-live.ts'
import { scopesAt } from './resource-servers.ts'

/**
 * Which client speaks for itself with that token. Whether the client and the token still count is
 * asked of the database each time: a client that is disabled is refused at once (I4), and what an
 * administrator took from it, its tokens open no more.
 * @throws invalid_token, database_unavailable
 */
export async function authenticateClient(
  services: Pick<EngineServices, 'keys' | 'database' | 'sessions'>,
  context: RequestContext,
  accessToken: string,
): Promise<AuthenticatedClient> {
  const { subject, clientId, tenant, claims, scopes } = await verify(services, context, accessToken)
  const id = clientIdOf(context.tenant.id, clientId)
  // Attack: a token that a user allowed, or of an exchange, is taken for the client's own word.
  const isOfItself = subject === clientId && claims['grant'] === undefined
  if (tenant !== context.tenant.id || id === undefined || !isOfItself) {
    return refuse('claims_of_another_kind')
  }
  const token = await findLiveToken(services, context, claims)
  if (token?.holder === undefined) return refuse('token_revoked')
  const allowed = scopesAt(context.tenant, token.holder, signalsResourceOf(context.tenant.issuer))
  return { id, scopes: scopes.filter((scope) => allowed?.includes(scope) === true) }
}

async function verify(
  { keys }: Pick<EngineServices, 'keys'>,
  { tenant, clock }: RequestContext,
  accessToken: string,
): Promise<Principal> {
  const verifier = createVerifier({
    issuer: tenant.issuer,
    audience: signalsResourceOf(tenant.issuer),
    jwks: keys.verificationKeys(tenant),
    algorithms: SIGNING_ALGORITHMS,
    clock,
    requireTenant: true,
    cacheSize: 0,
  })
  try {
    return await verifier.verify(accessToken)
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error
    // I8: that our keys can't be read says nothing about the token.
    if (error.code === 'keys_unavailable') throw error.cause ?? error
    return refuse(error.code, error.wwwAuthenticate)
  }
}

function refuse(reason: string, wwwAuthenticate = 'Bearer error="invalid_token"'): never {
  throw httpErrors.invalid_token({ wwwAuthenticate, internal: reason })
}
