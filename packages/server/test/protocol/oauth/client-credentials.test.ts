import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { fetchFrom } from '../../support/relying-party.ts'

let world: World
let tenant: Tenant

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant(undefined, { audiences: ['https://api.example'] })
})
afterAll(() => world.close())

it('RFC 6749 §4.4: gives a service a token for its resource server', async () => {
  const { client, secret } = await registerService()

  const tokens = await request(client.id, secret?.reveal() ?? '')

  expect(decodeClaims(tokens.access_token)).toMatchObject({
    iss: tenant.issuer,
    sub: client.id,
    client_id: client.id,
    aud: 'https://api.example',
    scope: 'read',
    tenant: tenant.id,
  })
})

it('RFC 6749 §5.2: refuses a wrong secret with 401', async () => {
  const { client } = await registerService()

  await expect(request(client.id, 'wrong')).rejects.toMatchObject({ status: 401 })
})

it('accepts the secret before for a day after a rotation, and no longer', async () => {
  const { client, secret } = await registerService()
  const context = world.internalContext(tenant)
  const next = await world.app.clients.rotateSecret(context, client.id)

  await request(client.id, secret?.reveal() ?? '')
  await request(client.id, next.reveal())
  world.clock.advance({ milliseconds: 86_400_001 })

  await expect(request(client.id, secret?.reveal() ?? '')).rejects.toThrow()
  await request(client.id, next.reveal())
})

it('gives a disabled client nothing', async () => {
  const { client, secret } = await registerService()
  await world.app.clients.update(world.internalContext(tenant), client, { status: 'disabled' })

  await expect(request(client.id, secret?.reveal() ?? '')).rejects.toMatchObject({ status: 401 })
})

function registerService() {
  return world.app.clients.create(world.internalContext(tenant), {
    profile: 'service',
    name: 'Worker',
    metadata: { scope: 'read', resources: ['https://api.example'] },
  })
}

async function request(client_id: string, secret: string) {
  const options = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: fetchFrom(world) }
  const issuer = new URL(tenant.issuer)
  const server = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, options),
  )
  const client = { client_id }
  const answer = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    oauth.ClientSecretBasic(secret),
    new URLSearchParams({ scope: 'read' }),
    options,
  )
  return oauth.processClientCredentialsResponse(server, client, answer)
}
