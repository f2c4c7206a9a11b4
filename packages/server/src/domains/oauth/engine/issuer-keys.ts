import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose'
import type { Configuration } from 'oidc-provider'
import type { TrustedIssuer } from '../trusted-issuers/model.ts'

type Fetch = NonNullable<Configuration['fetch']>

/** Where issuers publish their keys, each asked when it is due: not for each assertion. */
export class IssuerKeys {
  readonly #fetch: Fetch | undefined
  readonly #known = new Map<string, JWTVerifyGetKey>()

  constructor({ fetch }: { readonly fetch?: Fetch | undefined }) {
    this.#fetch = fetch
  }

  of({ jwks, jwksUri }: TrustedIssuer): JWTVerifyGetKey {
    if (jwks !== undefined) return createLocalJWKSet(jwks as unknown as JSONWebKeySet)
    const address = jwksUri ?? ''
    const known = this.#known.get(address)
    if (known !== undefined) return known
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    const made = createRemoteJWKSet(new URL(address), {
      ...(this.#fetch === undefined ? {} : { [customFetch]: this.#fetch as typeof fetch }),
      timeoutDuration: 3_000,
      cooldownDuration: 30_000,
      cacheMaxAge: 300_000,
    })
    this.#known.set(address, made)
    return made
  }
}

const MAX_KNOWN = 1000
