import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { type RelyingParty, registerRelyingParty } from '../../support/relying-party.ts'

const CIBA = 'urn:openid:params:grant-type:ciba'
let world: World
let tenant: Tenant
let party: RelyingParty
let receiver: Awaited<ReturnType<typeof startReceiver>>

beforeAll(async () => {
  receiver = await startReceiver()
  // The receiver is a server of its own on this machine, where only a test may be sent to.
  const toLoopback: typeof fetch = (input, init) => {
    const { url } = new Request(input)
    const address = url.replace('https://client.example', receiver.address)
    // Without the dispatcher of the engine, which refuses this machine.
    return fetch(address, {
      method: 'POST',
      headers: new Headers(init?.headers),
      body: init?.body ?? null,
    })
  }
  world = await openWorld({ clock: new RunningClock(), fetch: toLoopback })
  tenant = await world.tenant()
  party = await registerRelyingParty(world, {
    tenant,
    metadata: { redirect_uris: [], grant_types: [CIBA, 'refresh_token'] },
  })
})
afterAll(async () => {
  receiver.close()
  await world.close()
})

async function ask() {
  const ana = await world.actors.signedIn({ tenant })
  const started = await oidc.initiateBackchannelAuthentication(party.config, {
    scope: 'openid email',
    login_hint: ana.identity.email,
    binding_message: 'W4SCT',
  })
  const poll = () =>
    oidc.genericGrantRequest(party.config, CIBA, { auth_req_id: started.auth_req_id })
  const listed = await ana.call('GET', '/api/auth/authentication-requests')
  const { data } = listed.json<{ data: { id: string; binding_message: string }[] }>()
  return { ana, poll, data, id: data[0]?.id ?? '' }
}

it('CIBA §11: a user approves elsewhere, and the client gets tokens once', async () => {
  const { ana, poll, data, id } = await ask()
  expect(data).toMatchObject([{ binding_message: 'W4SCT', client_name: 'Example' }])
  await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })

  const approved = await ana.call('POST', `/api/auth/authentication-requests/${id}/approve`)
  expect([approved.statusCode, approved.body]).toEqual([204, ''])

  const tokens = await poll()
  expect(tokens.claims()).toMatchObject({ sub: ana.userId })
  await expect(poll()).rejects.toMatchObject({ error: 'invalid_grant' })
})

it('CIBA §11: a user refuses, and the client learns it', async () => {
  const { ana, poll, id } = await ask()

  await ana.call('POST', `/api/auth/authentication-requests/${id}/deny`)

  await expect(poll()).rejects.toMatchObject({ error: 'access_denied' })
})

it('nobody answers for somebody else', async () => {
  const { id } = await ask()
  const ben = await world.actors.signedIn({ tenant })

  const answer = await ben.call('POST', `/api/auth/authentication-requests/${id}/approve`)

  expect(answer.statusCode).toBe(404)
})

it('CIBA §13: says that a user is not known', async () => {
  const asking = oidc.initiateBackchannelAuthentication(party.config, {
    scope: 'openid',
    login_hint: 'nobody@example.test',
  })

  await expect(asking).rejects.toMatchObject({ error: 'unknown_user_id' })
})

it('CIBA §10.2: pings the client once, with its own token and no secret of the user', async () => {
  const pinged = await registerPinged('https://client.example/ping')
  const { ana, auth_req_id, path } = await askPinged(pinged)
  expect(receiver.received).toEqual([])

  await ana.call('POST', path)

  expect(receiver.received).toEqual([
    { path: '/ping', authorization: 'Bearer a-token-of-the-client', body: { auth_req_id } },
  ])
  const tokens = await oidc.genericGrantRequest(pinged.config, CIBA, { auth_req_id })
  expect(tokens.claims()).toMatchObject({ sub: ana.userId })
})

it('CIBA §10.2: an answer counts though the client can not be reached, which polls then', async () => {
  const pinged = await registerPinged('https://client.example:1/away')
  const { ana, auth_req_id, path } = await askPinged(pinged)

  expect((await ana.call('POST', path)).statusCode).toBe(204)

  const tokens = await oidc.genericGrantRequest(pinged.config, CIBA, { auth_req_id })
  expect(tokens.claims()).toMatchObject({ sub: ana.userId })
})

function registerPinged(endpoint: string): Promise<RelyingParty> {
  return registerRelyingParty(world, {
    tenant,
    metadata: {
      redirect_uris: [],
      grant_types: [CIBA],
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint: endpoint,
    },
  })
}

async function askPinged(pinged: RelyingParty) {
  const ana = await world.actors.signedIn({ tenant })
  const { auth_req_id } = await oidc.initiateBackchannelAuthentication(pinged.config, {
    scope: 'openid',
    login_hint: ana.identity.email,
    client_notification_token: 'a-token-of-the-client',
  })
  const list = '/api/auth/authentication-requests'
  const { data } = (await ana.call('GET', list)).json<{ data: { id: string }[] }>()
  return { ana, auth_req_id, path: `${list}/${data[0]?.id ?? ''}/approve` }
}

async function startReceiver() {
  const received: object[] = []
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      received.push({ path: request.url, authorization: request.headers.authorization, body })
      response.writeHead(204).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { received, address: `http://127.0.0.1:${port}`, close: () => server.close() }
}
