import { createHash } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { Response } from 'light-my-request'
import * as oidc from 'openid-client'
import { expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { systemClock } from '../../src/kernel/index.ts'
import type { Actor } from './actors.ts'
import { type Asked, type Changes, toAsked } from './conformance-plan.ts'
import type { World } from './open-world.ts'
import { Browser, REDIRECT_URI, registerRelyingParty } from './relying-party.ts'

/** Tests of a FAPI plan of the OpenID Foundation's conformance suite, by `module: what it shows`. */
export type FapiModules = Readonly<Record<string, (plan: FapiPlan) => Promise<void>>>

export interface KeyPair {
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

export interface FapiClient {
  readonly clientId: string
  readonly keys: KeyPair
}

/** What of a signed object is to be other than right; `undefined` leaves a member out. */
export interface Changed {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly signedBy?: KeyPair
}

/**
 * A client that speaks FAPI 2.0 by hand, so that each member of each message can be made wrong. All
 * is right but what a test changes.
 */
export class FapiPlan {
  readonly world: World
  readonly tenant: Tenant
  readonly client: FapiClient
  readonly other: FapiClient
  /** The key that tokens are bound to. */
  readonly dpopKeys: KeyPair
  readonly #isSigned: boolean
  #nonce: string | undefined

  constructor(parts: FapiPlanParts) {
    this.world = parts.world
    this.tenant = parts.tenant
    this.client = parts.client
    this.other = parts.other
    this.dpopKeys = parts.dpopKeys
    this.#isSigned = parts.isSigned
  }

  async signedIn(): Promise<{ readonly ana: Actor; readonly browser: Browser }> {
    const ana = await this.world.actors.user({ tenant: this.tenant })
    await ana.signInWithCookie()
    return { ana, browser: new Browser(this.world, ana) }
  }

  /** RFC 7523 §3. */
  assertion(by: FapiClient = this.client, changed: Changed = {}): Promise<string> {
    const claims = {
      iss: by.clientId,
      sub: by.clientId,
      aud: this.tenant.issuer,
      ...this.#times(),
      ...changed.claims,
    }
    return sign(claims, changed.header, changed.signedBy ?? by.keys)
  }

  /** RFC 9101 §4. */
  requestObject(parameters: Changes, changed: Changed = {}, by = this.client): Promise<string> {
    const times = this.#times()
    const claims = {
      ...parameters,
      iss: by.clientId,
      aud: this.tenant.issuer,
      ...times,
      nbf: times.iat,
      ...changed.claims,
    }
    return sign(
      claims,
      { typ: 'oauth-authz-req+jwt', ...changed.header },
      changed.signedBy ?? by.keys,
    )
  }

  /** RFC 9449 §4.2. */
  proof(method: string, path: string, changed: Changed & { accessToken?: string } = {}) {
    const keys = changed.signedBy ?? this.dpopKeys
    const { iat, jti } = this.#times()
    const ath =
      changed.accessToken === undefined
        ? {}
        : { ath: createHash('sha256').update(changed.accessToken).digest('base64url') }
    const claims = { htm: method, htu: this.urlOf(path), iat, jti, ...ath, ...this.#nonceMember() }
    const header = { typ: 'dpop+jwt', kid: undefined, jwk: keys.publicJwk, ...changed.header }
    return sign({ ...claims, ...changed.claims }, header, keys)
  }

  async parameters(changes: Changes = {}, by = this.client) {
    const verifier = oidc.randomPKCECodeVerifier()
    const parameters: Changes = {
      client_id: by.clientId,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      state: 'state-of-the-client',
      nonce: 'nonce-of-the-client',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...changes,
    }
    return { parameters, verifier }
  }

  /** RFC 9126 §2.1. */
  async push(changes: Changes = {}, options: PushOptions = {}): Promise<Pushed> {
    const by = options.by ?? this.client
    const { parameters, verifier } = await this.parameters(changes, by)
    const request = this.#isSigned
      ? {
          request: await this.requestObject(parameters, options.request, by),
          client_id: by.clientId,
        }
      : parameters
    const answer = await this.post('/oauth/par', { ...request, ...options.form }, options)
    const { request_uri = '' } = answer.json<{ request_uri?: string }>()
    return { answer, requestUri: request_uri, verifier }
  }

  /** Sends the browser with what was pushed. */
  async visit(browser: Browser, { requestUri, verifier }: Pushed, changes: Changes = {}) {
    const url = new URL(`${this.tenant.issuer}/oauth/authorize`)
    const query = { client_id: this.client.clientId, request_uri: requestUri, ...changes }
    url.search = new URLSearchParams(defined(query)).toString()
    return toAsked(await browser.follow(url.href), verifier)
  }

  async authorize(browser: Browser, changes: Changes = {}, options: PushOptions = {}) {
    return this.visit(browser, await this.push(changes, options))
  }

  redeem({ answer, verifier }: Asked, options: TokenOptions = {}): Promise<Response> {
    const form = {
      grant_type: 'authorization_code',
      code: answer.get('code') ?? '',
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
      ...options.form,
    }
    return this.post('/oauth/token', form, { proven: true, ...options })
  }

  refresh(refresh_token: string, options: TokenOptions = {}): Promise<Response> {
    const form = { grant_type: 'refresh_token', refresh_token, ...options.form }
    return this.post('/oauth/token', form, { proven: true, ...options })
  }

  async obtain(browser: Browser, changes: Changes = {}) {
    const answer = await this.redeem(await this.authorize(browser, changes))
    expect([answer.statusCode, answer.body]).toEqual([200, expect.any(String)])
    return answer.json<{ access_token: string; id_token: string; refresh_token: string }>()
  }

  /** Sends again, once, with the nonce that the server asks for; RFC 9449 §8. */
  async post(path: string, form: Changes, options: TokenOptions = {}): Promise<Response> {
    const by = options.by ?? this.client
    const send = async () => {
      const proof =
        options.proven === true ? await this.proof('POST', path, options.proof) : undefined
      const assertion = await this.assertion(by, options.assertion)
      return this.world.app.http.inject({
        method: 'POST',
        url: `/t/${this.tenant.slug}${path}`,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...(proof === undefined ? {} : { dpop: proof }),
        },
        payload: new URLSearchParams(
          defined({
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: assertion,
            ...form,
          }),
        ).toString(),
      })
    }
    return this.#withNonce(send)
  }

  /** A request to a resource; `proof: undefined` sends none. */
  async resource(accessToken: string, options: ResourceOptions = {}): Promise<Response> {
    const { scheme = 'DPoP', proof, proofs } = options
    return this.#withNonce(async () => {
      const usual = () => this.proof('GET', USERINFO, { accessToken, ...proof })
      const dpop = proofs === undefined ? [await usual()] : await proofs(usual)
      return this.world.app.http.inject({
        url: `/t/${this.tenant.slug}${USERINFO}`,
        headers: {
          authorization: `${scheme} ${accessToken}`,
          ...(dpop[0] === undefined ? {} : { dpop }),
        },
      })
    })
  }

  urlOf(path: string): string {
    return `${this.tenant.issuer}${path}`
  }

  /** By the clock that the engine reads, which the clock of the world may be ahead of. */
  get now(): number {
    return Math.floor(systemClock.now().getTime() / 1000)
  }

  async #withNonce(send: () => Promise<Response>): Promise<Response> {
    const answer = await send()
    const nonce = answer.headers['dpop-nonce']
    if (nonce === undefined) return answer
    this.#nonce = String(nonce)
    const isAsked = answer.body.includes('use_dpop_nonce')
    return isAsked || String(answer.headers['www-authenticate']).includes('use_dpop_nonce')
      ? send()
      : answer
  }

  #nonceMember() {
    return this.#nonce === undefined ? {} : { nonce: this.#nonce }
  }

  #times() {
    return { iat: this.now, exp: this.now + 60, jti: crypto.randomUUID() }
  }
}

export interface TokenOptions {
  readonly by?: FapiClient
  readonly form?: Changes
  readonly assertion?: Changed
  /** Whether a proof is sent along. */
  readonly proven?: boolean
  readonly proof?: Changed
}

export interface PushOptions extends TokenOptions {
  /** Of the request object, where one is sent. */
  readonly request?: Changed
}

interface ResourceOptions {
  readonly scheme?: string
  readonly proof?: Changed
  /** What is sent in place of one right proof. */
  readonly proofs?: (usual: () => Promise<string>) => Promise<string[]>
}

export interface Pushed {
  readonly answer: Response
  readonly requestUri: string
  readonly verifier: string
}

interface FapiPlanParts {
  readonly world: World
  readonly tenant: Tenant
  readonly client: FapiClient
  readonly other: FapiClient
  readonly dpopKeys: KeyPair
  readonly isSigned: boolean
}

/** Two clients with keys in a fresh tenant. `isSigned`: they send request objects only. */
export async function openFapiPlan(world: World, isSigned = false): Promise<FapiPlan> {
  const tenant = await world.tenant()
  const register = async (): Promise<FapiClient> => {
    const keys = await newKeys()
    const jwk = { ...keys.publicJwk, kid: KID, alg: keys.alg, use: 'sig' }
    const { clientId } = await registerRelyingParty(world, {
      tenant,
      profile: 'fapi2',
      metadata: {
        scope: 'openid profile email',
        jwks: { keys: [jwk] },
        ...(isSigned ? { require_signed_request_object: true } : {}),
      },
    })
    return { clientId, keys }
  }
  return new FapiPlan({
    world,
    tenant,
    client: await register(),
    other: await register(),
    dpopKeys: await newKeys(),
    isSigned,
  })
}

export async function newKeys(alg = 'ES256'): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { alg, privateKey, publicJwk: await exportJWK(publicKey) }
}

export function testFapiModules(modules: FapiModules, plan: () => FapiPlan): void {
  for (const [title, run] of Object.entries(modules)) {
    it(title, async () => {
      expect.hasAssertions()
      await run(plan())
    })
  }
}

function sign(
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> | undefined,
  { alg, privateKey }: KeyPair,
): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg, kid: KID, ...header })
    .sign(privateKey)
}

function defined(members: Changes): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

const KID = 'k1'
const USERINFO = '/oauth/userinfo'
