import { expect } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { World } from './open-world.ts'

/** Somebody who asked for a link or a code, and the mail that came. */
export class MailSignIn {
  readonly kind: 'link' | 'code'
  readonly challenge: string
  /** Of the browser that asked: name and value. */
  readonly cookie: string
  /** Token or code, as the mail has it. */
  readonly secret: string
  readonly #world: World
  readonly #tenant: Tenant

  private constructor(
    world: World,
    tenant: Tenant,
    begun: { kind: 'link' | 'code'; challenge: string; cookie: string; secret: string },
  ) {
    this.#world = world
    this.#tenant = tenant
    this.kind = begun.kind
    this.challenge = begun.challenge
    this.cookie = begun.cookie
    this.secret = begun.secret
  }

  static async ask(world: World, tenant: Tenant, kind: 'link' | 'code', email: string) {
    const answer = await world.actors
      .nobody(tenant)
      .call('POST', '/api/auth/magic-link', { email, kind })
    const { challenge } = answer.json<{ challenge: string }>()
    const header = String(answer.headers['set-cookie'])
    return { answer, challenge, cookie: header.slice(0, header.indexOf(';')) }
  }

  static async begin(world: World, tenant: Tenant, kind: 'link' | 'code', email: string) {
    const { answer, challenge, cookie } = await MailSignIn.ask(world, tenant, kind, email)
    expect(answer.statusCode).toBe(202)
    const pattern = kind === 'link' ? /\/magic-link#(\S+)/ : /Your code: ([0-9]+)/
    const find = () =>
      world.mailbox
        .list({ to: email })
        .map(({ text }) => pattern.exec(text)?.[1])
        .find((found) => found !== undefined)
    await expect.poll(find, { timeout: 5000 }).toBeDefined()
    return new MailSignIn(world, tenant, { kind, challenge, cookie, secret: find() ?? '' })
  }

  body(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    const proof = this.kind === 'link' ? { token: this.secret } : { code: this.secret }
    return { challenge: this.challenge, ...proof, ...changes }
  }

  answer(changes: Readonly<Record<string, unknown>> = {}, headers: Record<string, string> = {}) {
    return this.#world.actors.nobody(this.#tenant).request({
      method: 'POST',
      url: '/api/auth/magic-link/verify',
      payload: this.body(changes),
      headers,
    })
  }

  wrongCode(): string {
    return this.secret === '00000000' ? '11111111' : '00000000'
  }
}
