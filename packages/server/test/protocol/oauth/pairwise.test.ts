import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ClientMetadata } from '../../../src/domains/oauth/index.ts'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { authorize, obtainTokens } from '../../support/authorize.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { API, exchangeOf, OTHER_API } from '../../support/oauth-grants.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { Browser, type RelyingParty, registerRelyingParty } from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

const LIST = 'https://sector.example/addresses.json'
const ONE = 'https://one.example/callback'
const TWO = 'https://two.example/callback'
let listed: unknown = [ONE, TWO]
const told: string[] = []
let world: World
let tenant: Tenant
let ana: Actor

beforeAll(async () => {
  world = await openWorld({
    clock: new RunningClock(),
    fetch: async (input, init) => {
      const url = input instanceof Request ? input.url : input.toString()
      if (url === LIST) return Response.json(listed)
      told.push(new URLSearchParams(init?.body as URLSearchParams).get('logout_token') ?? '')
      return new Response(null, { status: 204 })
    },
  })
  tenant = await world.tenant(undefined, { audiences: [API, OTHER_API] })
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
})
afterAll(() => world.close())

function register(metadata: Partial<ClientMetadata> = {}): Promise<RelyingParty> {
  return registerRelyingParty(world, {
    tenant,
    metadata: {
      subject_type: 'pairwise',
      scope: 'openid read',
      resources: [API],
      ...metadata,
    } as never,
  })
}

const wanted = { scope: 'openid read', resource: API }
const signIn = (party: RelyingParty) => obtainTokens(new Browser(world, ana), party, wanted)

it('OIDC Core §8.1: a user has one subject per sector, in every answer', async () => {
  const party = await register({ backchannel_logout_uri: 'https://app.example/bye' } as never)
  const tokens = await signIn(party)
  const { sub, sid } = decodeClaims(tokens.id_token ?? '')
  expect(sub).toMatch(/^[\w-]{22}$/)
  expect(sid).toMatch(/^[\w-]{22}$/)
  expect(sub).not.toBe(sid)

  expect(decodeClaims(tokens.access_token)).toMatchObject({ sub, sid })
  expect(await oidc.tokenIntrospection(party.config, tokens.access_token)).toMatchObject({
    active: true,
    sub,
    sid,
  })
  const again = await signIn(party)
  expect(decodeClaims(again.id_token ?? '')).toMatchObject({ sub, sid })
  const refreshed = await oidc.refreshTokenGrant(party.config, tokens.refresh_token ?? '')
  expect(decodeClaims(refreshed.id_token ?? '')).toMatchObject({ sub, sid })
  expect(JSON.stringify(decodeClaims(refreshed.access_token))).not.toContain(ana.userId)

  const own = await obtainTokens(new Browser(world, ana), party, { scope: 'openid' })
  expect(await oidc.fetchUserInfo(party.config, own.access_token, String(sub))).toEqual({ sub })
  expect(await oidc.tokenIntrospection(party.config, own.access_token)).toMatchObject({ sub })

  const other = await registerRelyingParty(world, {
    tenant,
    metadata: { scope: 'openid read', resources: [API], redirect_uris: [TWO] },
  })
  expect(other.config.serverMetadata()['subject_types_supported']).toEqual(['public', 'pairwise'])
})

it('OIDC Back-Channel Logout §2.4: the logout token names user and session as the client does', async () => {
  const bob = await world.actors.user({ tenant })
  await bob.signInWithCookie()
  const party = await register({
    backchannel_logout_uri: 'https://app.example/bye',
    backchannel_logout_session_required: true,
  } as never)
  const tokens = await obtainTokens(new Browser(world, bob), party, wanted)
  const { sub, sid } = decodeClaims(tokens.id_token ?? '')

  await bob.call('POST', '/api/auth/logout')
  await world.app.oauth.tellEndedSessions(world.internalContext(tenant))

  expect(told.map((token) => decodeClaims(token))).toContainEqual(
    expect.objectContaining({ sub, sid, aud: party.clientId }),
  )
})

it('OIDC Core §8: clients of different sectors find no user in common, those of one do', async () => {
  const subjects = async (metadata: object) => {
    const party = await register({ sector_identifier_uri: LIST, ...metadata })
    const verifier = oidc.randomPKCECodeVerifier()
    const [redirect] = (metadata as { redirect_uris: string[] }).redirect_uris
    const url = oidc.buildAuthorizationUrl(party.config, {
      redirect_uri: redirect ?? '',
      scope: 'openid',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    const { headers } = await new Browser(world, ana).follow(url.href)
    const tokens = await oidc.authorizationCodeGrant(
      party.config,
      new URL(headers.location ?? ''),
      { pkceCodeVerifier: verifier },
    )
    const { sub, sid } = decodeClaims(tokens.id_token ?? '')
    return [sub, sid]
  }
  const one = await subjects({ redirect_uris: [ONE] })
  const two = await subjects({ redirect_uris: [TWO] })
  const apart = decodeClaims((await signIn(await register())).id_token ?? '')

  expect(two).toEqual(one)
  expect(one).not.toContain(apart['sub'])
  expect(one).not.toContain(apart['sid'])
})

it('OIDC Core §3.1.2.1: an ID token with such a subject is a hint at its user', async () => {
  const party = await register()
  const hint = (await signIn(party)).id_token ?? ''
  const parameters = { prompt: 'none', id_token_hint: hint }

  const same = await authorize(new Browser(world, ana), party, { parameters })
  expect(same.callback.searchParams.get('code')).not.toBeNull()

  const bob = await world.actors.user({ tenant })
  await bob.signInWithCookie()
  const other = await authorize(new Browser(world, bob), party, { parameters })
  expect(other.callback.searchParams.get('error')).toBe('login_required')
})

it('tokens for our own API name the user as it does, and work there', async () => {
  const party = await register({
    scope: 'openid account',
    resources: [tenant.issuer],
  } as never)
  const tokens = await obtainTokens(new Browser(world, ana), party, {
    scope: 'openid account',
    resource: tenant.issuer,
  })

  expect(decodeClaims(tokens.access_token)).toMatchObject({ sub: ana.userId })
  const me = await world.app.http.inject({
    url: `/t/${tenant.slug}/api/auth/me`,
    headers: { authorization: `Bearer ${tokens.access_token}` },
  })
  expect([me.statusCode, me.body]).toEqual([200, expect.any(String)])
})

it('RFC 8693: whoever exchanges such a token learns no other subject', async () => {
  const { access_token } = await signIn(await register())
  const api = await registerRelyingParty(world, {
    tenant,
    profile: 'service',
    metadata: {
      redirect_uris: [],
      scope: 'read',
      grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'],
      resources: [OTHER_API],
      serves_resources: [API],
    },
  })
  const exchanged = await oidc.genericGrantRequest(
    api.config,
    'urn:ietf:params:oauth:grant-type:token-exchange',
    { ...exchangeOf(access_token), resource: OTHER_API },
  )

  const { sub, sid } = decodeClaims(access_token)
  expect(decodeClaims(exchanged.access_token)).toMatchObject({ sub, sid })
})

it.each([
  ['lists another address only', [TWO]],
  ['is no list', { addresses: [ONE] }],
])('OIDC Core §8.1: refuses a sector that %s', async (_what, answer) => {
  listed = answer

  await expect(
    register({ sector_identifier_uri: LIST, redirect_uris: [ONE] } as never),
  ).rejects.toMatchObject({ code: 'client_metadata_refused' })
  listed = [ONE, TWO]
})

it('OIDC Core §8.1: refuses a change to addresses that the sector does not list', async () => {
  const party = await register({ sector_identifier_uri: LIST, redirect_uris: [ONE] } as never)
  const change = {
    subject_type: 'pairwise' as const,
    sector_identifier_uri: LIST,
    redirect_uris: [ONE, 'https://evil.example/callback'],
  }

  await expect(
    world.app.clients.update(world.internalContext(tenant), party.clientId as never, {
      metadata: change,
    }),
  ).rejects.toMatchObject({ code: 'client_metadata_refused' })
})

it('RFC 7591: whoever registers a client alone passes the same check', async () => {
  const dan = await world.actors.signedIn({ tenant, roles: ['admin'] })
  const issued = await dan.call('POST', '/api/admin/clients/registration-tokens')
  const { initial_access_token: token } = issued.json<{ initial_access_token: string }>()
  const attempt = (redirect_uris: string[]) =>
    world.app.http.inject({
      method: 'POST',
      url: `/t/${tenant.slug}/oauth/register`,
      headers: { authorization: `Bearer ${token}` },
      payload: { subject_type: 'pairwise', sector_identifier_uri: LIST, redirect_uris },
    })

  expect((await attempt(['https://evil.example/callback'])).json()).toMatchObject({
    error: 'invalid_client_metadata',
  })
  expect((await attempt([ONE])).statusCode).toBe(201)
})
