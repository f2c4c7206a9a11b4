import { createVerifier, VerifyError } from '@countersign/verify'
import { SIGNING_ALGORITHMS } from '../../../kernel/index.ts'
import { signalsResourceOf } from '../own-resources.ts'
import type { EngineServices } from './engine-services.ts'
import { currentScope } from './request-scope.ts'

export type Claims = Readonly<Record<string, unknown>> & {
  readonly jti: string
  readonly exp: number
}

/**
 * The claims of an access token that this tenant signed and that has not expired; undefined for
 * everything else. Whether it still counts is another question: see `isTokenLive`.
 * @throws database_unavailable
 */
export async function verifyOwnToken(
  { keys }: Pick<EngineServices, 'keys'>,
  token: string,
): Promise<Claims | undefined> {
  const { tenant, clock } = currentScope().context
  const verifier = createVerifier({
    issuer: tenant.issuer,
    audience: [tenant.issuer, signalsResourceOf(tenant.issuer), ...tenant.policy.audiences],
    jwks: keys.verificationKeys(tenant),
    // Whatever the tenant has keys published for; each key is for one algorithm.
    algorithms: SIGNING_ALGORITHMS,
    clock,
    requireTenant: true,
    cacheSize: 0,
  })
  const verified = await verifier.verify(token).catch((error: unknown) => {
    // I8: that our keys can't be read says nothing about the token.
    if (error instanceof VerifyError && error.code !== 'keys_unavailable') return undefined
    throw error
  })
  if (verified?.tenant !== tenant.id) return undefined
  const claims = verified.claims as Claims
  return typeof claims.jti === 'string' ? claims : undefined
}
