import { decodeJwt } from 'jose'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { currentScope } from './request-scope.ts'
import { clientOf } from './resource-servers.ts'

/**
 * Whether a DPoP proof counts only with a nonce of ours. Attack: proofs with times to come are made
 * while somebody has the key for a moment, and sent later.
 * @see RFC 9449 §8, §11.2
 */
export function needsNonce({ oidc }: Pick<KoaContextWithOIDC, 'oidc'>): boolean {
  if (currentScope().context.tenant.policy.dpopNonces === 'always') return true
  return oidc.client !== undefined && clientOf(oidc.client.clientId).profile === 'fapi2'
}

/**
 * At userinfo the engine judges the proof before it knows whose token it is. A nonce that was there
 * has been checked; here it is found that one is missing.
 * @see RFC 9449 §9
 */
export function demandNonce(ctx: KoaContextWithOIDC): void {
  const proof = ctx.get('dpop')
  if (ctx.status !== 200 || proof === '' || !needsNonce(ctx)) return
  if (decodeJwt(proof)['nonce'] !== undefined) return
  ctx.status = 401
  ctx.type = 'json'
  ctx.set('WWW-Authenticate', `DPoP error="use_dpop_nonce", error_description="${MISSING}"`)
  ctx.body = { error: 'use_dpop_nonce', error_description: MISSING }
}

const MISSING = 'nonce is required in the DPoP proof'
