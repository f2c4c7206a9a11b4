import type { Response as InjectResponse } from 'light-my-request'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { World } from '../support/open-world.ts'

/** A browser without pictures: keeps cookies, reads the token of a page, sends forms. */
export class PageVisitor {
  readonly #world: World
  readonly #tenant: Tenant
  readonly cookies = new Map<string, string>()

  constructor(world: World, tenant: Tenant) {
    this.#world = world
    this.#tenant = tenant
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<InjectResponse> {
    return this.#keep(
      await this.#world.app.http.inject({
        method: 'GET',
        url: `/t/${this.#tenant.slug}${path}`,
        headers: { ...this.#cookieHeader(), ...headers },
      }),
    )
  }

  async post(
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string | undefined> = {},
  ): Promise<InjectResponse> {
    const origin = new URL(this.#tenant.issuer).origin
    const all = {
      origin,
      'content-type': 'application/x-www-form-urlencoded',
      ...this.#cookieHeader(),
      ...headers,
    }
    return this.#keep(
      await this.#world.app.http.inject({
        method: 'POST',
        url: `/t/${this.#tenant.slug}${path}`,
        headers: Object.fromEntries(
          Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
        ),
        payload: new URLSearchParams(fields).toString(),
      }),
    )
  }

  /** Opens the page and sends its form. */
  async submit(path: string, fields: Record<string, string>): Promise<InjectResponse> {
    const csrf = csrfTokenIn(await this.get(path))
    return this.post(path.split('?')[0] ?? path, { csrf, ...fields })
  }

  #cookieHeader(): Record<string, string> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return cookie === '' ? {} : { cookie }
  }

  #keep(answer: InjectResponse): InjectResponse {
    for (const { name, value } of answer.cookies) {
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return answer
  }
}

export function csrfTokenIn({ body }: InjectResponse): string {
  return /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
}
