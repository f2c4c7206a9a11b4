import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { SigningAlgorithm } from '../../../src/kernel/index.ts'
import type { Actor } from '../../support/actors.ts'
import { authorize, obtainTokens, redeem } from '../../support/authorize.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { API } from '../../support/oauth-grants.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import {
  Browser,
  fetchFrom,
  type RelyingParty,
  registerRelyingParty,
} from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

/** What is signed for a client, and for a resource server, is signed as they are registered. */
const LEGACY_API = 'https://legacy.example'
const LOGGED_OUT = 'https://app.example/logged-out'
const logoutTokens: string[] = []
let world: World
let tenant: Tenant
let ana: Actor

beforeAll(async () => {
  world = await openWorld({
    clock: new RunningClock(),
    fetch: async (_, init) => {
      const form = new URLSearchParams(init?.body as URLSearchParams)
      logoutTokens.push(form.get('logout_token') ?? '')
      return new Response(null, { status: 204 })
    },
  })
  tenant = await world.tenant(undefined, {
    audiences: [API, LEGACY_API],
    signing_algorithms: ['PS256', 'RS256', 'EdDSA'],
    resource_servers: { [LEGACY_API]: { access_token_signing_alg: 'RS256' } },
  })
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
})
afterAll(() => world.close())

type Metadata = NonNullable<Parameters<typeof registerRelyingParty>[1]['metadata']>

function register(metadata: Metadata = {}): Promise<RelyingParty> {
  return registerRelyingParty(world, {
    tenant,
    metadata: { scope: 'openid read', resources: [API, LEGACY_API], ...metadata },
  })
}

async function metadataOf(at: Tenant): Promise<Record<string, unknown>> {
  const url = `/t/${at.slug}/.well-known/openid-configuration`
  return (await world.app.http.inject({ url })).json<Record<string, unknown>>()
}

/** As whoever knows nothing of us but the key set: by the one algorithm that was agreed on. */
async function verify(token: string, algorithm: SigningAlgorithm) {
  const answer = await world.app.http.inject({ url: `/t/${tenant.slug}/jwks.json` })
  const keys = createLocalJWKSet(answer.json<JSONWebKeySet>())
  return jwtVerify(token, keys, { algorithms: [algorithm], issuer: tenant.issuer })
}

it('OIDC Discovery §3: lists what the tenant signs with, and nothing else', async () => {
  const chosen = await metadataOf(tenant)
  const usual = await metadataOf(await world.tenant())

  for (const what of ['id_token', 'userinfo', 'introspection', 'authorization']) {
    const name = `${what}_signing_alg_values_supported`
    expect([...(chosen[name] as string[])].sort()).toEqual(['ES256', 'EdDSA', 'PS256', 'RS256'])
    expect(usual[name]).toEqual(['ES256'])
  }
})

describe.each<SigningAlgorithm>(['RS256', 'PS256', 'EdDSA'])('a client of %s', (algorithm) => {
  let party: RelyingParty

  beforeAll(async () => {
    party = await register({
      id_token_signed_response_alg: algorithm,
      userinfo_signed_response_alg: algorithm,
      introspection_signed_response_alg: algorithm,
      authorization_signed_response_alg: algorithm,
      access_token_signing_alg: algorithm,
      backchannel_logout_uri: LOGGED_OUT,
      backchannel_logout_session_required: true,
    })
    // What it was registered for is all that the client accepts.
    Object.assign(party.config.clientMetadata(), {
      id_token_signed_response_alg: algorithm,
      userinfo_signed_response_alg: algorithm,
    })
    oidc.enableNonRepudiationChecks(party.config)
  })

  it('OIDC Core §3.1.3.7: gets ID tokens of that algorithm, whose hashes fit', async () => {
    const tokens = await obtainTokens(new Browser(world, ana), party)

    const idToken = tokens.id_token ?? ''
    expect(decodeProtectedHeader(idToken)).toMatchObject({ alg: algorithm })
    const { payload } = await verify(idToken, algorithm)
    expect(payload).toMatchObject({ sub: ana.userId, aud: party.clientId })
  })

  it('OIDC Core §5.3.2: gets userinfo of that algorithm', async () => {
    const tokens = await obtainTokens(new Browser(world, ana), party)

    const claims = await oidc.fetchUserInfo(party.config, tokens.access_token, ana.userId ?? '')

    expect(claims).toMatchObject({ sub: ana.userId })
    const answer = await world.app.http.inject({
      url: `/t/${tenant.slug}/oauth/userinfo`,
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    expect((await verify(answer.body, algorithm)).payload).toMatchObject({ sub: ana.userId })
  })

  it('RFC 9068: gets access tokens of that algorithm, which the server itself accepts', async () => {
    const wanted = { scope: 'openid read', resource: API }
    const { access_token: token } = await obtainTokens(new Browser(world, ana), party, wanted)

    expect((await verify(token, algorithm)).payload).toMatchObject({ aud: API, scope: 'read' })
    expect(decodeProtectedHeader(token)).toMatchObject({ typ: 'at+jwt', alg: algorithm })
    expect(await oidc.tokenIntrospection(party.config, token)).toMatchObject({ active: true })
    await oidc.tokenRevocation(party.config, token)
    expect(await oidc.tokenIntrospection(party.config, token)).toEqual({ active: false })
  })

  it('RFC 9701 §5: gets introspection of that algorithm', async () => {
    const wanted = { scope: 'openid read', resource: API }
    const { access_token } = await obtainTokens(new Browser(world, ana), party, wanted)
    const credentials = btoa(`${party.clientId}:${party.secret ?? ''}`)

    const answer = await fetchFrom(world)(`${tenant.issuer}/oauth/introspect`, {
      method: 'POST',
      headers: {
        accept: 'application/token-introspection+jwt',
        authorization: `Basic ${credentials}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ token: access_token }),
      redirect: 'manual',
    })

    const { payload } = await verify(await answer.text(), algorithm)
    expect(payload).toMatchObject({ token_introspection: { active: true } })
  })

  it('JARM §2.1: gets answers of that algorithm', async () => {
    const authorized = await authorize(new Browser(world, ana), party, {
      parameters: { response_mode: 'jwt' },
    })

    const response = authorized.callback.searchParams.get('response') ?? ''
    expect((await verify(response, algorithm)).payload).toMatchObject({
      aud: party.clientId,
      code: expect.any(String),
    })
  })

  it('OIDC Back-Channel Logout §2.6: is told by that algorithm', async () => {
    const bob = await world.actors.user({ tenant })
    await bob.signInWithCookie()
    const tokens = await obtainTokens(new Browser(world, bob), party)
    logoutTokens.length = 0
    await bob.call('POST', '/api/auth/logout')

    await world.app.oauth.tellEndedSessions(world.internalContext(tenant))

    const { payload, protectedHeader } = await verify(logoutTokens[0] ?? '', algorithm)
    expect(protectedHeader.typ).toBe('logout+jwt')
    expect(payload['sid']).toBe(decodeClaims(tokens.id_token ?? '')['sid'])
  })

  it('keeps the algorithm when it refreshes', async () => {
    const tokens = await obtainTokens(new Browser(world, ana), party)

    const { id_token = '' } = await oidc.refreshTokenGrant(party.config, tokens.refresh_token ?? '')

    await expect(verify(id_token, algorithm)).resolves.toBeDefined()
  })
})

describe('the algorithm of an access token', () => {
  it('is ES256 where nobody said anything', async () => {
    const wanted = { scope: 'openid read', resource: API }

    const tokens = await obtainTokens(new Browser(world, ana), await register(), wanted)

    await expect(verify(tokens.access_token, 'ES256')).resolves.toBeDefined()
    await expect(verify(tokens.id_token ?? '', 'ES256')).resolves.toBeDefined()
  })

  it('is what the resource server knows, whatever the client is registered for', async () => {
    const party = await register({ access_token_signing_alg: 'EdDSA' })
    const wanted = { scope: 'openid read', resource: LEGACY_API }

    const { access_token } = await obtainTokens(new Browser(world, ana), party, wanted)

    await expect(verify(access_token, 'RS256')).resolves.toBeDefined()
  })

  it('is what our own API takes, too', async () => {
    const party = await register({
      scope: 'openid account',
      resources: [tenant.issuer],
      access_token_signing_alg: 'RS256',
    })
    const wanted = { scope: 'openid account', resource: tenant.issuer }
    const { access_token } = await obtainTokens(new Browser(world, ana), party, wanted)

    const answer = await world.app.http.inject({
      url: `/t/${tenant.slug}/api/auth/me`,
      headers: { authorization: `Bearer ${access_token}` },
    })

    expect(decodeProtectedHeader(access_token)).toMatchObject({ alg: 'RS256' })
    expect([answer.statusCode, answer.json()]).toMatchObject([200, { id: ana.userId }])
  })

  it('RFC 8693: follows the resource server when a token is exchanged', async () => {
    const party = await register({
      grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      access_token_signing_alg: 'PS256',
    })
    const wanted = { scope: 'openid read', resource: API }
    const { access_token } = await obtainTokens(new Browser(world, ana), party, wanted)
    const authorized = await authorize(new Browser(world, ana), party, {
      ...wanted,
      resource: LEGACY_API,
    })
    await redeem(party, authorized, { ...wanted, resource: LEGACY_API })

    const exchanged = await oidc.genericGrantRequest(
      party.config,
      'urn:ietf:params:oauth:grant-type:token-exchange',
      {
        subject_token: access_token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        resource: LEGACY_API,
      },
    )

    await expect(verify(access_token, 'PS256')).resolves.toBeDefined()
    await expect(verify(exchanged.access_token, 'RS256')).resolves.toBeDefined()
  })
})
