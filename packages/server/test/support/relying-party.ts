import type { Response as InjectResponse } from 'light-my-request'
import * as oidc from 'openid-client'
import type { NewClient } from '../../src/domains/oauth/index.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { Actor } from './actors.ts'
import type { World } from './open-world.ts'

export const REDIRECT_URI = 'https://app.example/callback'

/** A relying party made of `openid-client`; its requests go to the server in this process. */
export interface RelyingParty {
  readonly config: oidc.Configuration
  readonly clientId: string
  readonly secret: string | undefined
}

export interface RelyingPartyOptions extends Partial<NewClient> {
  readonly tenant: Tenant
  readonly authentication?: oidc.ClientAuth
}

export async function registerRelyingParty(
  world: World,
  { tenant, authentication, ...wanted }: RelyingPartyOptions,
): Promise<RelyingParty> {
  const { client, secret } = await world.app.clients.create(world.internalContext(tenant), {
    profile: 'web',
    name: 'Example',
    isFirstParty: true,
    ...wanted,
    metadata: { redirect_uris: [REDIRECT_URI], ...wanted.metadata },
  })
  const config = await oidc.discovery(
    new URL(tenant.issuer),
    client.id,
    secret?.reveal(),
    authentication,
    { execute: [oidc.allowInsecureRequests], [oidc.customFetch]: fetchFrom(world) },
  )
  config[oidc.customFetch] = fetchFrom(world)
  return { config, clientId: client.id, secret: secret?.reveal() }
}

/** Requests of programs, answered by the server without a network. */
export function fetchFrom(world: World): oidc.CustomFetch {
  return async (url, { method, headers, body }) => {
    const { pathname, search } = new URL(url)
    const payload = body instanceof URLSearchParams ? body.toString() : (body as string | undefined)
    const answer = await world.app.http.inject({
      method: method as 'GET',
      url: `${pathname}${search}`,
      headers: headers as Record<string, string>,
      ...(payload === undefined || payload === null ? {} : { payload }),
    })
    return toResponse(answer)
  }
}

function toResponse(answer: InjectResponse): Response {
  const headers = new Headers()
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers.set(name, String(value))
  }
  const hasBody = answer.statusCode !== 204 && answer.statusCode !== 304
  return new Response(hasBody ? answer.rawPayload : null, { status: answer.statusCode, headers })
}

/** A browser: it keeps cookies by path, as far as the test needs it, and follows our redirects. */
export class Browser {
  readonly #world: World
  readonly #cookies = new Map<string, string>()
  readonly #headers: Readonly<Record<string, string>>

  constructor(world: World, actor?: Actor, headers: Readonly<Record<string, string>> = {}) {
    this.#world = world
    this.#headers = headers
    const session = actor?.cookie
    if (session !== undefined) this.#keep(session)
  }

  async open(address: string, form?: Record<string, string>): Promise<InjectResponse> {
    const { pathname, search } = new URL(address, BASE)
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await this.#world.app.http.inject({
      method: form === undefined ? 'GET' : 'POST',
      url: `${pathname}${search}`,
      headers: {
        cookie,
        accept: 'text/html',
        ...this.#headers,
        ...(form === undefined
          ? {}
          : { 'content-type': 'application/x-www-form-urlencoded', origin: BASE }),
      },
      ...(form === undefined ? {} : { payload: new URLSearchParams(form).toString() }),
    })
    const set = answer.headers['set-cookie']
    for (const header of set === undefined ? [] : [set].flat()) this.#keep(header)
    return answer
  }

  /** Follows redirects until the browser would leave the server, or a page is shown. */
  async follow(address: string, form?: Record<string, string>): Promise<InjectResponse> {
    let answer = await this.open(address, form)
    for (let step = 0; step < 10; step++) {
      const location = answer.headers.location
      if (location === undefined || !isOurs(location)) return answer
      if (/\/(?:sign-in|register)\?/.test(location)) return answer
      answer = await this.open(location)
    }
    throw new Error('too many redirects')
  }

  /** What a sign-in elsewhere in this browser has set. */
  keep(header: string): void {
    this.#keep(header)
  }

  get cookieNames(): readonly string[] {
    return [...this.#cookies.keys()]
  }

  #keep(header: string): void {
    const [pair = ''] = header.split(';')
    const name = pair.slice(0, pair.indexOf('='))
    if (/expires=Thu, 01 Jan 1970|max-age=0/i.test(header)) this.#cookies.delete(name)
    else this.#cookies.set(name, pair.slice(name.length + 1))
  }
}

function isOurs(location: string): boolean {
  return new URL(location, BASE).origin === BASE
}

/** Value of a hidden field of a page. */
export function hiddenField(page: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? ''
}

export const BASE = 'http://localhost:4820'
