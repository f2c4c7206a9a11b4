import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { openWorld, type World } from '../../support/open-world.ts'

let world: World
let tenant: Tenant

beforeAll(async () => {
  world = await openWorld()
  tenant = await world.tenant()
})
afterAll(() => world.close())

function post(path: string, payload: string, type = 'application/x-www-form-urlencoded') {
  return world.app.http.inject({
    method: 'POST',
    url: `/t/${tenant.slug}${path}`,
    headers: { 'content-type': type, origin: 'https://app.example' },
    payload,
  })
}

describe.each(['/oauth/authorize', '/oauth/logout'])('a form sent to %s', (path) => {
  it('becomes a link to the same place, with everything that it says, twice if twice', async () => {
    const answer = await post(path, 'scope=a+b&scope=c&state=%0d%0aSet-Cookie%3a%20x')

    expect(answer.statusCode).toBe(303)
    expect(answer.headers.location).toBe(
      `/t/${tenant.slug}${path}?scope=a+b&scope=c&state=%0D%0ASet-Cookie%3A+x`,
    )
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it('is refused if it is longer than a link may be', async () => {
    expect((await post(path, `state=${'x'.repeat(8_192)}`)).statusCode).toBe(413)
    expect((await post(path, `state=${'x'.repeat(40_000)}`)).statusCode).toBe(413)
  })

  it('is refused if it is none', async () => {
    expect((await post(path, '{}', 'application/json')).statusCode).toBe(415)
  })
})
