import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { registeredErrors } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World
let acme: Tenant
let ana: Actor

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
  ana = await world.actors.signedIn({ tenant: acme })
})
afterAll(() => world.close())

describe('a problem document', () => {
  it('RFC 9457 §3: has its media type, its type, title, status and instance', async () => {
    const answer = await ana.call('GET', '/api/admin/users')

    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(answer.json()).toEqual({
      type: 'https://countersign.dev/errors/permission_denied',
      title: registeredErrors().get('permission_denied')?.title,
      status: 403,
      code: 'permission_denied',
      instance: `urn:countersign:request:${String(answer.headers['x-request-id'])}`,
      request_id: answer.headers['x-request-id'],
    })
  })

  it('RFC 9457 §3.1.1: has an absolute URI as type, one for each code', () => {
    for (const code of registeredErrors().keys()) {
      const { href } = new URL(`https://countersign.dev/errors/${code}`)
      expect(href).toBe(`https://countersign.dev/errors/${code}`)
    }
  })

  it('RFC 6901: points at the members that are wrong, also inside and with escapes', async () => {
    const answer = await ana.call('PATCH', '/api/auth/me', {
      display_name: 7,
      'a/b~c': 1,
      locale: '??',
    })

    const { errors } = expectProblem(answer, 'invalid_request', 400)
    expect(errors?.map((error) => error.pointer).sort()).toEqual([
      '/a~1b~0c',
      '/display_name',
      '/locale',
    ])
  })

  it('names at most twenty members, however many are wrong', async () => {
    const body = Object.fromEntries(Array.from({ length: 500 }, (_, count) => [`m${count}`, count]))

    const answer = await ana.call('PATCH', '/api/auth/me', body)

    expect(expectProblem(answer, 'invalid_request', 400).errors).toHaveLength(20)
  })

  it('is the answer for a path and for a method that are not there', async () => {
    for (const [method, path] of [
      ['GET', '/api/nowhere'],
      ['DELETE', '/api/auth/login'],
      ['GET', '/api/auth/login'],
      ['PATCH', '/jwks.json'],
    ] as const) {
      expectProblem(await ana.call(method, path), 'not_found', 404)
    }
  })

  it('has the security headers of every answer', async () => {
    const answer = await ana.call('GET', '/api/nowhere')

    expect(answer.headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    expect(answer.headers['x-powered-by']).toBeUndefined()
    expect(answer.headers['server']).toBeUndefined()
  })
})
