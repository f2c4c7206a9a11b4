import type { Response } from 'light-my-request'
import * as oidc from 'openid-client'
import { expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { Actor } from './actors.ts'
import { decideOnPage } from './decide-on-page.ts'
import type { World } from './open-world.ts'
import {
  BASE,
  Browser,
  REDIRECT_URI,
  registerRelyingParty,
  type RelyingParty,
} from './relying-party.ts'

/** Tests of one plan of the OpenID Foundation's conformance suite, by `module: what it shows`. */
export type Modules = Readonly<Record<string, (plan: ConformancePlan) => Promise<void>>>

/** What a plan runs its modules with. A module makes its own users, so that none disturbs another. */
export class ConformancePlan {
  readonly world: World
  readonly tenant: Tenant
  readonly party: RelyingParty
  /** A second client, of the same kind. */
  readonly other: RelyingParty
  readonly #responseMode: 'form_post' | undefined

  constructor(parts: PlanParts) {
    this.world = parts.world
    this.tenant = parts.tenant
    this.party = parts.party
    this.other = parts.other
    this.#responseMode = parts.responseMode
  }

  async signedIn(): Promise<{ readonly ana: Actor; readonly browser: Browser }> {
    const ana = await this.world.actors.user({ tenant: this.tenant })
    await ana.signInWithCookie()
    return { ana, browser: new Browser(this.world, ana) }
  }

  /** Sends the browser off. Parameters that are undefined are left out. */
  async ask(browser: Browser, changes: Changes = {}): Promise<Asked> {
    const { url, verifier } = await this.requestUrl(changes)
    return toAsked(await browser.follow(url.href), verifier)
  }

  async requestUrl(changes: Changes = {}): Promise<{ url: URL; verifier: string }> {
    const verifier = oidc.randomPKCECodeVerifier()
    const parameters: Changes = {
      client_id: this.party.clientId,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      state: STATE,
      nonce: NONCE,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      response_mode: this.#responseMode,
      ...changes,
    }
    const url = new URL(`${this.tenant.issuer}/oauth/authorize`)
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined) url.searchParams.set(name, value)
    }
    return { url, verifier }
  }

  /** The user agrees on the page that asked. */
  async consent(browser: Browser, { response, verifier }: Asked): Promise<Asked> {
    return toAsked(await decideOnPage(browser, response, 'allow'), verifier)
  }

  /** As a client redeems what came back; it checks state, nonce, issuer and the ID token. */
  redeem({ answer, verifier }: Asked, wanted: Redemption = {}) {
    const callback = new URL(REDIRECT_URI)
    callback.search = answer.toString()
    return oidc.authorizationCodeGrant(wanted.party?.config ?? this.party.config, callback, {
      pkceCodeVerifier: verifier,
      ...(wanted.state === null ? {} : { expectedState: wanted.state ?? STATE }),
      ...(wanted.nonce === null ? {} : { expectedNonce: wanted.nonce ?? NONCE }),
    })
  }

  async obtain(browser: Browser, changes: Changes = {}) {
    return this.redeem(await this.ask(browser, changes))
  }

  async metadata(): Promise<Record<string, unknown>> {
    const path = `/t/${this.tenant.slug}/.well-known/openid-configuration`
    return (await this.world.app.http.inject({ url: path })).json<Record<string, unknown>>()
  }

  userinfo(accessToken: string) {
    const url = `/t/${this.tenant.slug}/oauth/userinfo`
    return this.world.app.http.inject({ url, headers: { authorization: `Bearer ${accessToken}` } })
  }
}

export interface PlanParts {
  readonly world: World
  readonly tenant: Tenant
  readonly party: RelyingParty
  readonly other: RelyingParty
  readonly responseMode?: 'form_post' | undefined
}

export interface Asked {
  /** What the client receives, or nothing while a page of ours is shown. */
  readonly answer: URLSearchParams
  readonly response: Response
  readonly verifier: string
}

interface Redemption {
  readonly party?: RelyingParty
  /** `null`: none was sent. */
  readonly state?: string | null
  readonly nonce?: string | null
}

export type Changes = Readonly<Record<string, string | undefined>>

/**
 * Two clients with a secret in a fresh tenant, as the plans of OpenID Connect Core want them. It may
 * sign with RS256, which those ask for.
 */
export async function openCorePlan(
  world: World,
  responseMode?: 'form_post',
): Promise<ConformancePlan> {
  const tenant = await world.tenant(undefined, { signing_algorithms: ['RS256'] })
  const register = () =>
    registerRelyingParty(world, {
      tenant,
      authentication: oidc.ClientSecretBasic(),
      metadata: { scope: 'openid profile email offline_access' },
    })
  return new ConformancePlan({
    world,
    tenant,
    party: await register(),
    other: await register(),
    responseMode,
  })
}

/** One test for each module. */
export function testModules(modules: Modules, plan: () => ConformancePlan): void {
  for (const [title, run] of Object.entries(modules)) {
    it(title, async () => {
      expect.hasAssertions()
      await run(plan())
    })
  }
}

/** Where our own page wants the browser to go, if it is a page to sign in on. */
export function signInUrlOf({ response }: Asked): URL {
  const url = new URL(String(response.headers.location), BASE)
  expect(url.pathname).toMatch(/\/sign-in$/)
  return url
}

export function toAsked(response: Response, verifier: string): Asked {
  return { answer: answerOf(response), response, verifier }
}

function answerOf({ headers, body }: Response): URLSearchParams {
  const { location } = headers
  if (location !== undefined) {
    const url = new URL(location, BASE)
    return `${url.origin}${url.pathname}` === REDIRECT_URI ? url.searchParams : NOTHING
  }
  if (!body.includes(`method="post" action="${REDIRECT_URI}"`)) return NOTHING
  const fields = body.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)
  return new URLSearchParams(
    [...fields].map(([, name = '', value = '']): [string, string] => [name, value]),
  )
}

const NOTHING = new URLSearchParams()
export const STATE = 'state-of-the-client'
export const NONCE = 'nonce-of-the-client'
