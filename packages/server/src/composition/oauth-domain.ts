import {
  createOAuth,
  fetchByEgress,
  type OAuth,
  type OAuthOptions,
} from '../domains/oauth/index.ts'
import { oauthPages } from '../pages/oauth/oauth-pages.ts'
import type { Config } from '../platform/config/index.ts'
import { hkdf } from '../platform/crypto/index.ts'
import { csrfTokenOf } from './csrf-token.ts'
import { createEgress } from '../platform/egress/index.ts'
import type { Infrastructure } from './infrastructure.ts'

/** The authorization server, joined with its pages and with the keys of this deployment. */
export function createOAuthDomain(
  http: Config['http'],
  { database, sealer, logger, limiter, places, csrfKey, fetch }: Infrastructure,
  domains: Pick<OAuthOptions, 'keys' | 'sessions' | 'factors' | 'risk'>,
): OAuth {
  const { baseUrl, tls, trustedProxies } = http
  const hasProxy = trustedProxies.length > 0
  return createOAuth({
    ...domains,
    database,
    sealer,
    logger,
    limiter,
    places,
    baseUrl,
    mutualTls: {
      isOffered: tls !== undefined || hasProxy,
      isVerified: tls?.clientCa !== undefined || hasProxy,
      baseUrl: http.mtlsBaseUrl ?? baseUrl,
    },
    fetch: fetch ?? fetchByEgress(createEgress()),
    pages: oauthPages,
    csrfTokenOf: (cookie) => csrfTokenOf(csrfKey, cookie),
    dpopNonceSecret: hkdf(csrfKey, 'countersign/dpop-nonce'),
  })
}
