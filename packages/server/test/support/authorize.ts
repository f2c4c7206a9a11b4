import * as oidc from 'openid-client'
import { type Browser, REDIRECT_URI, type RelyingParty } from './relying-party.ts'

export interface AuthorizeOptions {
  readonly scope?: string
  readonly resource?: string
  readonly dpop?: oidc.DPoPHandle
  /** Sent first to the server itself; RFC 9126. */
  readonly pushed?: boolean
  readonly parameters?: Readonly<Record<string, string>>
}

/** Address of the callback with its code, and what is needed to redeem it. */
export interface Authorized {
  readonly callback: URL
  readonly verifier: string
}

export async function authorize(
  browser: Browser,
  { config }: RelyingParty,
  options: AuthorizeOptions = {},
): Promise<Authorized> {
  const verifier = oidc.randomPKCECodeVerifier()
  const parameters = {
    redirect_uri: REDIRECT_URI,
    scope: options.scope ?? 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(options.resource === undefined ? {} : { resource: options.resource }),
    ...options.parameters,
  }
  const dpop = options.dpop === undefined ? {} : { DPoP: options.dpop }
  const url =
    options.pushed === true
      ? await oidc.buildAuthorizationUrlWithPAR(config, parameters, dpop)
      : oidc.buildAuthorizationUrl(config, parameters)
  const answer = await browser.follow(url.href)
  const { location } = answer.headers
  if (location === undefined) throw new Error(`no redirect: ${answer.body.slice(-400)}`)
  return { callback: new URL(location, 'http://localhost:4820'), verifier }
}

export async function redeem(
  { config }: RelyingParty,
  { callback, verifier }: Authorized,
  options: AuthorizeOptions = {},
) {
  const dpop = options.dpop === undefined ? {} : { DPoP: options.dpop }
  const nonce = options.parameters?.['nonce']
  return oidc.authorizationCodeGrant(
    config,
    callback,
    { pkceCodeVerifier: verifier, ...(nonce === undefined ? {} : { expectedNonce: nonce }) },
    options.resource === undefined ? {} : { resource: options.resource },
    dpop,
  )
}

/** The whole way: the user of that browser signs in at that client. */
export async function obtainTokens(
  browser: Browser,
  party: RelyingParty,
  options: AuthorizeOptions = {},
) {
  return redeem(party, await authorize(browser, party, options), options)
}
