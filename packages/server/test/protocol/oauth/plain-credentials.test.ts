import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { RunningClock } from '../../support/running-clock.ts'

/** What the engine refuses, a plain request is refused too: see `plain-requests.test.ts`. */
let world: World
let url: string
let tenant: Tenant
let credentials: string

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  url = await world.app.http.listen({ port: 0, host: '127.0.0.1' })
  tenant = await world.tenant(undefined, { audiences: ['https://api.example'] })
  const { client, secret } = await world.app.clients.create(world.internalContext(tenant), {
    profile: 'service',
    name: 'Worker',
    metadata: { scope: 'read', resources: ['https://api.example'] },
  })
  credentials = `${client.id}:${secret?.reveal()}`
  // Known from its first request on.
  expect((await ask(`Basic ${btoa(credentials)}`, '&nothing=1')).status).toBe(200)
})
afterAll(() => world.close())

function ask(authorization: string, more = '') {
  return fetch(`${url}/t/${tenant.slug}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization },
    body: `grant_type=client_credentials${more}`,
  })
}

it.each<[string, (encoded: string) => string]>([
  ['too much padding', (encoded) => `${encoded}==`],
  ['one character behind the last group', (encoded) => `${encoded.replaceAll('=', '')}A`],
  ['bits behind the end', (encoded) => encoded.replace(/([A-Za-z0-9+/])(=+)$/, 'B$2')],
  ['no padding', (encoded) => encoded.replaceAll('=', '')],
])('RFC 4648 §3: answers Basic with %s as the engine does', async (_, change) => {
  for (const text of [credentials, `${credentials}x`, `${credentials}xx`]) {
    const authorization = `Basic ${change(btoa(text))}`
    const [plain, engine] = [await ask(authorization), await ask(authorization, '&nothing=1')]
    expect(plain.status).toBe(engine.status)
  }
})
