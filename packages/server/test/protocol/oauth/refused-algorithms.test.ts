import { decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { seconds } from '../../../src/kernel/index.ts'
import type { Actor } from '../../support/actors.ts'
import { authorize, obtainTokens } from '../../support/authorize.ts'
import { chooseAlgorithms } from '../../support/choose-algorithms.ts'
import { API } from '../../support/oauth-grants.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { Browser, registerRelyingParty } from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

/** Threat: something is signed by an algorithm that the tenant, or the profile, does not accept. */
const LEGACY_API = 'https://legacy.example'
const MEMBERS = [
  'id_token_signed_response_alg',
  'userinfo_signed_response_alg',
  'introspection_signed_response_alg',
  'authorization_signed_response_alg',
  'access_token_signing_alg',
] as const
const DOCUMENT = 'https://agent.example/client.json'
let document: object = {}
let world: World
let second: World
let plain: Tenant
let tenant: Tenant
let dan: Actor
let ana: Actor

beforeAll(async () => {
  world = await openWorld({
    clock: new RunningClock(),
    fetch: async () => Response.json(document),
  })
  second = await openWorld({ clock: new RunningClock(), besides: world })
  plain = await world.tenant(undefined, { client_documents: 'allowed' })
  tenant = await world.tenant(undefined, {
    audiences: [API, LEGACY_API],
    signing_algorithms: ['RS256'],
    resource_servers: { [LEGACY_API]: { access_token_signing_alg: 'RS256' } },
  })
  dan = await world.actors.signedIn({ tenant: plain, roles: ['admin'] })
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
})
afterAll(async () => {
  await second.app.http.close()
  await world.close()
})

const code = { redirect_uris: ['https://app.example/callback'] }

describe('a registration', () => {
  it.each(MEMBERS)('by an administrator names no `%s` that the tenant lacks', async (member) => {
    const metadata = { ...code, [member]: 'RS256' }

    const body = { profile: 'web', name: 'Legacy', metadata }
    const answer = await dan.call('POST', '/api/admin/clients', body)

    expect([answer.statusCode, answer.json()]).toMatchObject([
      422,
      { code: 'client_metadata_refused', errors: [{ pointer: `/metadata/${member}` }] },
    ])
  })

  it('by a change is refused alike, and changes nothing', async () => {
    const body = { profile: 'web', name: 'Portal', metadata: code }
    const { id } = (await dan.call('POST', '/api/admin/clients', body)).json<{ id: string }>()

    const metadata = { ...code, id_token_signed_response_alg: 'PS256' }
    const answer = await dan.call('PATCH', `/api/admin/clients/${id}`, { metadata })

    expect(answer.statusCode).toBe(422)
    const shown = (await dan.call('GET', `/api/admin/clients/${id}`)).json<{ metadata: object }>()
    expect(shown.metadata).not.toHaveProperty('id_token_signed_response_alg')
  })

  it.each(MEMBERS.slice(0, 4))(
    'RFC 7591 §3.2.2: by the client itself neither (%s)',
    async (member) => {
      const path = '/api/admin/clients/registration-tokens'
      const { initial_access_token } = (await dan.call('POST', path)).json<Record<string, string>>()

      const answer = await world.app.http.inject({
        method: 'POST',
        url: `/t/${plain.slug}/oauth/register`,
        headers: { authorization: `Bearer ${initial_access_token}` },
        payload: { ...code, [member]: 'RS256' },
      })

      expect([answer.statusCode, answer.json()]).toMatchObject([
        400,
        { error: 'invalid_client_metadata' },
      ])
    },
  )

  it.each(MEMBERS.slice(0, 4))('by a document neither (%s)', async (member) => {
    document = { ...code, client_id: DOCUMENT, [member]: 'RS256' }
    const query = new URLSearchParams({ client_id: DOCUMENT, response_type: 'code' })

    const url = `/t/${plain.slug}/oauth/authorize?${query.toString()}`
    const answer = await world.app.http.inject({ url })

    expect([answer.statusCode, answer.body]).toEqual([
      400,
      expect.stringContaining('invalid_client_metadata'),
    ])
    expect((await dan.call('GET', '/api/admin/clients')).body).not.toContain('agent.example')
  })

  it('is accepted of a client itself, and of a document, where the tenant allows it', async () => {
    const open = await world.tenant(undefined, {
      signing_algorithms: ['RS256'],
      client_documents: 'allowed',
    })
    const eva = await world.actors.signedIn({ tenant: open, roles: ['admin'] })
    const path = '/api/admin/clients/registration-tokens'
    const { initial_access_token } = (await eva.call('POST', path)).json<Record<string, string>>()
    const wanted = { ...code, id_token_signed_response_alg: 'RS256' }
    document = { ...wanted, client_id: DOCUMENT }

    const registered = await world.app.http.inject({
      method: 'POST',
      url: `/t/${open.slug}/oauth/register`,
      headers: { authorization: `Bearer ${initial_access_token}` },
      payload: wanted,
    })
    const query = new URLSearchParams({ client_id: DOCUMENT, response_type: 'code' })
    await world.app.http.inject({ url: `/t/${open.slug}/oauth/authorize?${query.toString()}` })

    const { client_id } = registered.json<{ client_id: string }>()
    const shown = (await eva.call('GET', `/api/admin/clients`)).json<{
      data: { id: string; metadata: object }[]
    }>()
    expect(shown.data.map(({ id }) => id)).toContain(client_id)
    expect(shown.data).toHaveLength(2)
    for (const { metadata } of shown.data) {
      expect(metadata).toMatchObject({ id_token_signed_response_alg: 'RS256' })
    }
  })

  it('FAPI 2.0 §5.4.1: of `fapi2` is refused for RS256 even where others may choose it', async () => {
    const { publicKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
    const eva = await world.actors.signedIn({ tenant, roles: ['admin'] })
    const register = (metadata: object) =>
      eva.call('POST', '/api/admin/clients', {
        profile: 'fapi2',
        name: 'Bank',
        metadata: { ...code, jwks: { keys: [jwk] }, ...metadata },
      })

    expect((await register({})).statusCode).toBe(201)
    for (const member of MEMBERS) {
      expect((await register({ [member]: 'RS256' })).json()).toMatchObject({
        code: 'client_metadata_refused',
        errors: [{ pointer: `/metadata/${member}`, detail: 'not for this profile' }],
      })
    }
  })
})

it('FAPI 2.0 §5.4.1: a `fapi2` client gets no token for a resource server of RS256', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  const party = await registerRelyingParty(world, {
    tenant,
    profile: 'fapi2',
    authentication: oidc.PrivateKeyJwt({ key: privateKey, kid: 'k1' }),
    metadata: {
      grant_types: ['client_credentials'],
      scope: 'read',
      jwks: { keys: [jwk] },
      resources: [API, LEGACY_API],
    },
  })
  const dpop = oidc.getDPoPHandle(party.config, await oidc.randomDPoPKeyPair('ES256'))
  const ask = (resource: string) =>
    oidc.clientCredentialsGrant(party.config, { scope: 'read', resource }, { DPoP: dpop })

  const { access_token } = await ask(API)

  expect(decodeProtectedHeader(access_token)).toMatchObject({ alg: 'ES256' })
  await expect(ask(LEGACY_API)).rejects.toMatchObject({ error: 'invalid_target' })
})

/** A tenant of RS256, and somebody who is signed in at a client of it. */
async function usingRs256() {
  const acme = await world.tenant(undefined, { audiences: [API], signing_algorithms: ['RS256'] })
  const bob = await world.actors.user({ tenant: acme })
  await bob.signInWithCookie()
  const chosen = {
    id_token_signed_response_alg: 'RS256',
    access_token_signing_alg: 'RS256',
  } as const
  const legacy = await registerRelyingParty(world, {
    tenant: acme,
    metadata: { scope: 'openid read', resources: [API], ...chosen },
  })
  Object.assign(legacy.config.clientMetadata(), chosen)
  return { acme, bob, legacy }
}

it('the request that chooses an algorithm makes its keys, before anybody needs them', async () => {
  const acme = await world.tenant()

  await chooseAlgorithms(world, acme, ['EdDSA'])

  const page = { after: undefined, limit: 10 }
  const made = await world.app.keys.list(world.internalContext(acme), page)
  expect(made.map((key) => `${key.algorithm} ${key.status}`)).toEqual([
    'EdDSA next',
    'EdDSA active',
  ])
})

describe('an algorithm that the tenant gives up', () => {
  it('signs nothing more: its clients are refused, and what was signed still counts', async () => {
    const { acme, bob, legacy } = await usingRs256()
    const api = await registerRelyingParty(world, {
      tenant: acme,
      metadata: { scope: 'openid read', resources: [API], serves_resources: [API] },
    })
    const wanted = { scope: 'openid read', resource: API }
    const before = await obtainTokens(new Browser(world, bob), legacy, wanted)

    await chooseAlgorithms(world, acme, [])

    await expect(obtainTokens(new Browser(world, bob), legacy, wanted)).rejects.toThrow(
      'invalid_client_metadata',
    )
    await expect(
      oidc.refreshTokenGrant(legacy.config, before.refresh_token ?? ''),
    ).rejects.toMatchObject({ error: 'invalid_client_metadata' })
    expect(await oidc.tokenIntrospection(api.config, before.access_token)).toMatchObject({
      active: true,
    })
    const url = `/t/${acme.slug}/jwks.json`
    const { keys } = (await world.app.http.inject({ url })).json<{ keys: { alg: string }[] }>()
    // The one that signed; the one that waited is gone.
    expect(keys.filter(({ alg }) => alg === 'RS256')).toHaveLength(1)
    const discovery = `/t/${acme.slug}/.well-known/openid-configuration`
    expect((await world.app.http.inject({ url: discovery })).json()).toMatchObject({
      id_token_signing_alg_values_supported: ['ES256'],
    })
  })

  it('is given up on another node that still has the keys in memory', async () => {
    const { acme, bob, legacy } = await usingRs256()
    const there = () => authorize(new Browser(second, bob), legacy)
    expect((await there()).callback.searchParams.get('code')).toEqual(expect.any(String))

    await chooseAlgorithms(world, acme, [])
    // Longer than a node remembers a tenant, and shorter than it keeps keys without a look.
    second.clock.advance(seconds(2.5))

    await expect(there()).rejects.toThrow('invalid_client_metadata')
  })

  it('gives no access token to a client that is registered for it, and goes on otherwise', async () => {
    const acme = await world.tenant(undefined, { audiences: [API], signing_algorithms: ['RS256'] })
    const party = await registerRelyingParty(world, {
      tenant: acme,
      profile: 'service',
      metadata: {
        redirect_uris: [],
        scope: 'read',
        resources: [API],
        access_token_signing_alg: 'RS256',
      },
    })
    const ask = () => oidc.clientCredentialsGrant(party.config, { scope: 'read' })
    for (const _ of ['by the engine', 'by the fast path']) {
      expect(decodeProtectedHeader((await ask()).access_token)).toMatchObject({ alg: 'RS256' })
    }

    await chooseAlgorithms(world, acme, [])

    await expect(ask()).rejects.toMatchObject({ error: 'invalid_target' })
  })

  it('is not given up while a resource server wants it: the settings say so', async () => {
    const system = await world.app.tenants.findBySlug('system')
    if (system === undefined) throw new Error('the system tenant is missing')
    const olga = await world.actors.signedIn({ tenant: system, roles: ['operator'] })
    const settings = { signing_algorithms: [] }

    const answer = await olga.call('PATCH', `/api/system/tenants/${tenant.id}`, { settings })

    const pointer = '/settings/resource_servers/https:~1~1legacy.example/access_token_signing_alg'
    expect([answer.statusCode, answer.json()]).toMatchObject([
      422,
      { code: 'tenant_settings_refused', errors: [{ pointer }] },
    ])
    expect((await world.app.tenants.findBySlug(tenant.slug))?.settings).toMatchObject({
      signing_algorithms: ['RS256'],
    })
    const rules = { [LEGACY_API]: { access_token_signing_alg: 'PS256' as const } }
    await expect(world.tenant(undefined, { resource_servers: rules })).rejects.toMatchObject({
      code: 'tenant_settings_refused',
    })
  })
})
