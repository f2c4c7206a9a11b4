import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { obtainTokens } from '../../support/authorize.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { API, exchangeOf, OTHER_API } from '../../support/oauth-grants.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { Browser, type RelyingParty, registerRelyingParty } from '../../support/relying-party.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
let world: World
let tenant: Tenant
let ana: Actor
let subject: string
let api: RelyingParty

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant(undefined, { audiences: [API, OTHER_API] })
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  const front = await registerRelyingParty(world, {
    tenant,
    metadata: { scope: 'openid read write', resources: [API] },
  })
  const wanted = { scope: 'openid read', resource: API }
  subject = (await obtainTokens(new Browser(world, ana), front, wanted)).access_token
  api = await registerApi({ serves_resources: [API] })
})
afterAll(() => world.close())

function registerApi(metadata: { serves_resources?: string[] }) {
  return registerRelyingParty(world, {
    tenant,
    profile: 'service',
    metadata: {
      redirect_uris: [],
      scope: 'read write',
      grant_types: [EXCHANGE],
      resources: [OTHER_API],
      ...metadata,
    },
  })
}

const exchange = (party: RelyingParty, parameters: Record<string, string> = {}) =>
  oidc.genericGrantRequest(party.config, EXCHANGE, {
    ...exchangeOf(subject),
    resource: OTHER_API,
    ...parameters,
  })

it('RFC 8693 §4.1: the new token speaks for the same user and says who acts', async () => {
  const tokens = await exchange(api)

  expect(tokens['issued_token_type']).toBe('urn:ietf:params:oauth:token-type:access_token')
  const claims = decodeClaims(tokens.access_token)
  const before = decodeClaims(subject)
  expect(claims).toMatchObject({
    sub: ana.userId,
    aud: OTHER_API,
    scope: 'read',
    client_id: api.clientId,
    act: { sub: api.clientId },
    sid: before['sid'],
  })
  expect(Number(claims['exp'])).toBeLessThanOrEqual(Number(before['exp']))
})

it('RFC 8693 §4.1: actors before stand inside', async () => {
  const first = await exchange(api)
  const next = await registerRelyingParty(world, {
    tenant,
    profile: 'service',
    metadata: {
      redirect_uris: [],
      scope: 'read',
      grant_types: [EXCHANGE],
      resources: [API],
      serves_resources: [OTHER_API],
    },
  })

  const second = await exchange(next, { ...exchangeOf(first.access_token), resource: API })

  expect(decodeClaims(second.access_token)['act']).toEqual({
    sub: next.clientId,
    act: { sub: api.clientId },
  })
})

it('gives no scope that the first token lacks', async () => {
  await expect(exchange(api, { scope: 'read write' })).rejects.toMatchObject({
    error: 'invalid_scope',
  })
})

it('refuses a client that the token was not meant for', async () => {
  const stranger = await registerApi({})

  await expect(exchange(stranger)).rejects.toMatchObject({ error: 'invalid_grant' })
})

it('refuses a resource that the client is not registered for', async () => {
  await expect(exchange(api, { resource: API })).rejects.toMatchObject({ error: 'invalid_target' })
})

it('refuses a token that was changed', async () => {
  const forged = `${subject.slice(0, -4)}AAAA`

  await expect(exchange(api, exchangeOf(forged))).rejects.toMatchObject({ error: 'invalid_grant' })
})

it('ends with the grant of the first token', async () => {
  const tokens = await exchange(api)
  const asking = () => oidc.tokenIntrospection(api.config, tokens.access_token)
  expect(await asking()).toMatchObject({ active: true })

  await ana.call('POST', '/api/auth/logout')

  expect(await asking()).toEqual({ active: false })
})
