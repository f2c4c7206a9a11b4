import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { findFreePort } from './find-free-port.ts'
import { openPartyWorld, type PartyWorld, type Registered } from './open-party-world.ts'
import { type RunningExample, startExample } from './start-example.ts'

const API_AUDIENCE = 'https://orders.example'

/** `service.ts` calls `protected-api.ts`, which never asks the server about a token. */
let world: PartyWorld
let tenant: Tenant
let api: RunningExample
let apiUrl: string

beforeAll(async () => {
  world = await openPartyWorld()
  tenant = await world.tenant(undefined, { audiences: [API_AUDIENCE] })
  apiUrl = `http://127.0.0.1:${await findFreePort()}/orders`
  api = startExample('protected-api.ts', { ISSUER: tenant.issuer, API_AUDIENCE, API_URL: apiUrl })
  await api.until('listening')
})
afterAll(async () => {
  await api.stop()
  await world.close()
})

it('RFC 6749 §4.4: a service gets a token of its own, and the API verifies it', async () => {
  const client = await world.register(tenant, 'service.json')

  expect(await call(client)).toBe(`200 {"orders":[],"caller":"${client.id}"}\n`)
})

it('RFC 6749 §3.3: a service gets no scope that it is not registered for', async () => {
  const output = await call(
    await world.register(tenant, 'service.json', { 'orders:read': 'orders:write' }),
  )

  expect(output).toBe('403 {"code":"insufficient_scope"}\n')
})

it('RFC 6749 §5.2: a wrong secret gets nothing', async () => {
  const client = await world.register(tenant, 'service.json')

  expect(await call({ ...client, secret: `${client.secret}x` })).toContain('invalid_client')
})

it('RFC 9068 §4: the API refuses a token of another tenant', async () => {
  const other = await world.tenant(undefined, { audiences: [API_AUDIENCE] })

  const output = await call(await world.register(other, 'service.json'), other)

  expect(output).toBe('401 {"code":"issuer_refused"}\n')
})

async function call({ id, secret }: Registered, { issuer } = tenant): Promise<string> {
  const service = startExample('service.ts', {
    ISSUER: issuer,
    CLIENT_ID: id,
    CLIENT_SECRET: secret,
    API_AUDIENCE,
    API_URL: apiUrl,
  })
  await service.exited
  return service.output()
}
