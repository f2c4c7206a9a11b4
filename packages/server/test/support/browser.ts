import type { InjectOptions, Response } from 'light-my-request'
import type { Application } from '../../src/composition/compose.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { Actor } from './actors.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0'

/** A browser with a cookie jar, in which people sign in. It obeys `Set-Cookie` and nothing else. */
export class Browser {
  readonly jar = new Map<string, string>()
  readonly #app: Application
  readonly #tenant: Tenant
  readonly #source: { readonly userAgent: string; readonly ip: string }
  csrfToken = ''

  constructor(
    { app }: { readonly app: Application },
    tenant: Tenant,
    { userAgent = FIREFOX, ip = '192.0.2.10' } = {},
  ) {
    this.#app = app
    this.#tenant = tenant
    this.#source = { userAgent, ip }
  }

  /** Name of a cookie of the tenant. */
  nameOf(cookie: 'session' | 'device'): string {
    return `__Host-cs_${this.#tenant.slug}_${cookie}`
  }

  cookie(cookie: 'session' | 'device'): string {
    const value = this.jar.get(this.nameOf(cookie))
    if (value === undefined) throw new Error(`there is no ${cookie} cookie`)
    return value
  }

  async call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const options: InjectOptions = {
      method,
      url: `/t/${this.#tenant.slug}${path}`,
      remoteAddress: this.#source.ip,
      headers: {
        'user-agent': this.#source.userAgent,
        'x-csrf-token': this.csrfToken,
        ...(cookie === '' ? {} : { cookie }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: body }),
    }
    const answer = await this.#app.http.inject(options)
    this.#obey(answer)
    return answer
  }

  /** The first step of a sign-in; the last one too, for whoever has no second factor. */
  async login(
    { identity: { email, password } }: Actor,
    transport: 'cookie' | 'bearer' = 'cookie',
  ): Promise<Response> {
    const answer = await this.call('POST', '/api/auth/login', { email, password, transport })
    const { csrf_token } = answer.json<{ csrf_token?: string }>()
    if (csrf_token !== undefined) this.csrfToken = csrf_token
    return answer
  }

  #obey({ headers }: Response): void {
    for (const line of [headers['set-cookie'] ?? []].flat()) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
      if (value === '' || /; Max-Age=0(;|$)/.test(line)) this.jar.delete(name)
      else this.jar.set(name, value)
    }
  }
}
