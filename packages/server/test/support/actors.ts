import type { InjectOptions, Response as InjectResponse } from 'light-my-request'
import type { Application } from '../../src/composition/compose.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId, type RequestContext, Secret, type UserId } from '../../src/kernel/index.ts'
interface WorldParts {
  readonly app: Application
  internalContext(tenant: Tenant): RequestContext
}

export interface NewActor {
  readonly tenant: Tenant
  readonly email?: string
  readonly password?: string
  readonly roles?: readonly string[]
}

/** People who use the server, as tests speak of them. */
export class Actors {
  readonly #world: WorldParts

  constructor(world: WorldParts) {
    this.#world = world
  }

  /** A user with a proven address who is not signed in. */
  async user({ tenant, ...wanted }: NewActor): Promise<Actor> {
    const { app, internalContext } = this.#world
    const email = wanted.email ?? `${newId('usr').slice(4)}@example.test`
    const password = wanted.password ?? 'plum-orbit-lantern-42'
    const user = await app.identity.createUser(internalContext(tenant), {
      email,
      password: new Secret(password),
      roles: [...(wanted.roles ?? [])],
      emailVerified: true,
    })
    return new Actor(this.#world, { tenant, email, password, userId: user.id })
  }

  /** A user who is signed in with bearer tokens. */
  async signedIn(wanted: NewActor): Promise<Actor> {
    const actor = await this.user(wanted)
    await actor.signIn()
    return actor
  }

  /** Somebody without any credential. */
  nobody(tenant: Tenant): Actor {
    return new Actor(this.#world, { tenant, email: '', password: '', userId: newId('usr') })
  }
}

interface Identity {
  readonly tenant: Tenant
  readonly email: string
  password: string
  readonly userId: UserId
}

export class Actor {
  readonly #world: WorldParts
  readonly identity: Identity
  accessToken: string | undefined
  refreshToken: string | undefined
  cookie: string | undefined
  csrfToken: string | undefined

  constructor(world: WorldParts, identity: Identity) {
    this.#world = world
    this.identity = identity
  }

  get tenant(): Tenant {
    return this.identity.tenant
  }

  get userId(): UserId {
    return this.identity.userId
  }

  /** Calls a path of the actor's own tenant with the credentials that they hold. */
  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown) {
    return this.request({
      method,
      url: path,
      ...(body === undefined ? {} : { payload: body as object }),
    })
  }

  request(options: InjectOptions): Promise<InjectResponse> {
    const { url, headers, ...rest } = options
    const path = url as string
    return this.#world.app.http.inject({
      ...rest,
      url:
        path.startsWith('/t/') || path.startsWith('/api/system')
          ? path
          : `/t/${this.tenant.slug}${path}`,
      headers: { ...this.credentials(), ...headers },
    })
  }

  credentials(): Record<string, string> {
    if (this.cookie !== undefined) {
      return { cookie: this.cookie, 'x-csrf-token': this.csrfToken ?? '' }
    }
    return this.accessToken === undefined ? {} : { authorization: `Bearer ${this.accessToken}` }
  }

  login(body: Record<string, unknown> = {}): Promise<InjectResponse> {
    const { email, password } = this.identity
    return this.request({
      method: 'POST',
      url: '/api/auth/login',
      payload: { email, password, ...body },
      headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0' },
    })
  }

  async signIn(): Promise<void> {
    const answer = await this.login()
    if (answer.statusCode !== 200) throw new Error(`sign-in failed: ${answer.body}`)
    const tokens = answer.json<{ access_token: string; refresh_token: string }>()
    this.accessToken = tokens.access_token
    this.refreshToken = tokens.refresh_token
  }

  async signInWithCookie(): Promise<void> {
    const answer = await this.login({ transport: 'cookie' })
    const header = String(answer.headers['set-cookie'])
    this.cookie = header.slice(0, header.indexOf(';'))
    this.csrfToken = answer.json<{ csrf_token: string }>().csrf_token
  }

  async refresh(token = this.refreshToken): Promise<InjectResponse> {
    const payload = { refresh_token: token }
    return this.request({ method: 'POST', url: '/api/auth/refresh', payload })
  }
}
