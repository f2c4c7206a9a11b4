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

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant()
  party = await registerRelyingParty(world, {
    tenant,
    metadata: { redirect_uris: [], grant_types: [CIBA, 'refresh_token'] },
  })
})
afterAll(() => world.close())

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
