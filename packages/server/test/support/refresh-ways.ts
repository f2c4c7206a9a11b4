import type { NewClient } from '../../src/domains/oauth/index.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { Actor } from './actors.ts'
import { ask, type Asked, type TokenRequest } from './ask-twice.ts'
import { type AuthorizeOptions, obtainTokens } from './authorize.ts'
import { openWorld, type World, type WorldOptions } from './open-world.ts'
import { Browser, type RelyingParty, registerRelyingParty } from './relying-party.ts'
import { RunningClock } from './running-clock.ts'

export const API = 'https://api.example'
export const LEGACY_API = 'https://legacy.example'
export const OPAQUE_API = 'https://opaque.example'
/** What most refresh tokens of these tests stand for. */
export const LIKE_THIS: AuthorizeOptions = { scope: 'openid read', resource: API }

/** A confidential client refreshes beside the engine, or by it: both, for comparison. */
export class RefreshWays {
  readonly world: World
  readonly url: string
  readonly tenant: Tenant
  #user: Actor

  private constructor(
    world: World,
    url: string,
    { tenant, user }: { tenant: Tenant; user: Actor },
  ) {
    this.world = world
    this.url = url
    this.tenant = tenant
    this.#user = user
  }

  static async open(options: WorldOptions = {}): Promise<RefreshWays> {
    const world = await openWorld({ clock: new RunningClock(), ...options })
    const url = await world.app.http.listen({ port: 0, host: '127.0.0.1' })
    const tenant = await world.tenant(undefined, {
      audiences: [API, LEGACY_API, OPAQUE_API],
      signing_algorithms: ['RS256', 'EdDSA'],
      resource_servers: {
        [LEGACY_API]: { access_token_signing_alg: 'RS256', access_token_claims: ['email'] },
        [OPAQUE_API]: { access_token_format: 'opaque' },
      },
    })
    return new RefreshWays(world, url, { tenant, user: await world.actors.user({ tenant }) })
  }

  /** Whose tokens are refreshed. */
  get user(): Actor {
    return this.#user
  }

  /** Another user, who has just signed in: some tests let time pass, or end sessions. */
  async beginAnew(): Promise<void> {
    this.#user = await this.world.actors.user({ tenant: this.tenant })
    await this.#user.signInWithCookie()
  }

  register(client: Partial<NewClient> = {}): Promise<RelyingParty> {
    return registerRelyingParty(this.world, {
      tenant: this.tenant,
      ...client,
      metadata: {
        scope: 'openid profile email offline_access read write',
        resources: [API, LEGACY_API, OPAQUE_API],
        token_endpoint_auth_method: 'client_secret_post',
        ...client.metadata,
      },
    })
  }

  async change({ clientId }: RelyingParty, metadata: NewClient['metadata']): Promise<void> {
    const context = this.world.internalContext(this.tenant)
    const id = clientId as Parameters<World['app']['clients']['get']>[1]
    const { metadata: before } = await this.world.app.clients.get(context, id)
    const merged = { ...before, ...metadata } as NewClient['metadata']
    await this.world.app.clients.update(context, { id }, { metadata: merged })
  }

  /** @returns a refresh token */
  async obtain(party: RelyingParty, options = LIKE_THIS): Promise<string> {
    const browser = new Browser(this.world, this.#user)
    const { refresh_token = '' } = await obtainTokens(browser, party, options)
    return refresh_token
  }

  /** The same authorization twice, each refreshed by one of the ways. */
  async both(party: RelyingParty, options = LIKE_THIS) {
    const [one, other] = [await this.obtain(party, options), await this.obtain(party, options)]
    return [await this.plainly(party, one), await this.byEngine(party, other)] as const
  }

  plainly(party: RelyingParty, refreshToken: string | undefined): Promise<Asked> {
    return ask(this, refreshWith(party, refreshToken), 'plain')
  }

  byEngine(party: RelyingParty, refreshToken: string | undefined): Promise<Asked> {
    return ask(this, refreshWith(party, refreshToken), 'engine')
  }
}

export function refreshWith({ clientId, secret = '' }: RelyingParty, token = ''): TokenRequest {
  const form = { client_id: clientId, client_secret: secret, refresh_token: token }
  const body = new URLSearchParams({ grant_type: 'refresh_token', ...form }).toString()
  return { body, headers: {} }
}
