import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { obtainTokens } from '../../support/authorize.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { API, OTHER_API } from '../../support/oauth-grants.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { Browser, type RelyingParty, registerRelyingParty } from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

/** What access tokens are like is said for each resource server, and for each client. */
const CRM = 'https://crm.example'
let world: World
let tenant: Tenant
let ana: Actor

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant(undefined, {
    audiences: [API, OTHER_API, CRM],
    resource_servers: {
      [OTHER_API]: { access_token_format: 'opaque', access_token_lifetime_seconds: 90 },
      [CRM]: {
        access_token_claims: ['email', 'email_verified'],
        access_token_lifetime_seconds: 90,
      },
    },
  })
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
})
afterAll(() => world.close())

function register(metadata: Parameters<typeof registerRelyingParty>[1]['metadata'] = {}) {
  return registerRelyingParty(world, {
    tenant,
    metadata: { scope: 'openid read', resources: [API, OTHER_API, CRM], ...metadata },
  })
}

function tokensFor(party: RelyingParty, resource: string) {
  return obtainTokens(new Browser(world, ana), party, { scope: 'openid read', resource })
}

it('gives each resource server the format, the lifetime and the claims that it wants', async () => {
  const party = await register()

  const plain = await tokensFor(party, API)
  expect(plain.expires_in).toBe(600)
  expect(decodeClaims(plain.access_token)).not.toHaveProperty('email')
  const opaque = await tokensFor(party, OTHER_API)
  expect([opaque.expires_in, opaque.access_token.includes('.')]).toEqual([90, false])
  const crm = await tokensFor(party, CRM)
  expect(crm.expires_in).toBe(90)
  expect(decodeClaims(crm.access_token)).toMatchObject({
    aud: CRM,
    email: ana.identity.email,
    email_verified: true,
  })
  expect(decodeClaims(crm.access_token)).not.toHaveProperty('name')
})

it('lets a client say more, and ask for a format of its own', async () => {
  const party = await register({
    access_token_claims: ['email_verified'],
    access_token_format: 'jwt',
    access_token_lifetime_seconds: 60,
  })

  const tokens = await tokensFor(party, OTHER_API)
  // The shorter of both.
  expect(tokens.expires_in).toBe(60)
  expect(decodeClaims(tokens.access_token)).toMatchObject({ aud: OTHER_API, email_verified: true })
  expect(decodeClaims(tokens.access_token)).not.toHaveProperty('email')
})

it('RFC 7662 §2.2: tells of an opaque token what a signed one would say', async () => {
  const party = await register({ access_token_claims: ['email', 'email_verified'] })
  const silent = await register()
  const api = await register({ serves_resources: [OTHER_API, API] })
  const { access_token } = await tokensFor(party, OTHER_API)
  const other = await tokensFor(silent, OTHER_API)

  const told = await oidc.tokenIntrospection(api.config, access_token)

  expect(told).toMatchObject({
    active: true,
    aud: OTHER_API,
    email: ana.identity.email,
    email_verified: true,
  })
  expect(told).not.toHaveProperty('name')
  expect(await oidc.tokenIntrospection(api.config, other.access_token)).not.toHaveProperty('email')
})

it('lets no client outlive what a resource server believes', async () => {
  const party = await register({ access_token_lifetime_seconds: 3600 })

  expect((await tokensFor(party, CRM)).expires_in).toBe(90)
})

it('gives a service the format that its resource server wants, from its second request on, too', async () => {
  const { config } = await registerRelyingParty(world, {
    tenant,
    profile: 'service',
    metadata: { redirect_uris: [], scope: 'read', resources: [OTHER_API] },
  })

  for (let count = 0; count < 3; count++) {
    const tokens = await oidc.clientCredentialsGrant(config, { scope: 'read' })
    expect([tokens.expires_in, tokens.access_token.includes('.')]).toEqual([90, false])
  }
})
