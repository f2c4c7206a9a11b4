import * as oauth from 'oauth4webapi'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { Browser, fetchFrom, REDIRECT_URI } from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

const SCOPE = 'openid read'
let world: World
/** Another node of the same deployment. */
let second: World
let strict: Tenant
let relaxed: Tenant

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  second = await openWorld({ clock: new RunningClock(), besides: world })
  strict = await world.tenant(undefined, { dpop_nonces: 'always' })
  relaxed = await world.tenant()
})
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => vi.useRealTimers())
afterAll(async () => {
  await second.app.http.close()
  await world.close()
})

/** A client of `oauth4webapi` with its user, up to the code. */
async function open(tenant: Tenant, profile: 'spa' | 'fapi2') {
  const pair = await generateKeyPair('ES256', { extractable: true })
  const jwk: JWK = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  const { client } = await world.app.clients.create(world.internalContext(tenant), {
    profile,
    name: 'Bound',
    isFirstParty: true,
    metadata: {
      redirect_uris: [REDIRECT_URI],
      scope: SCOPE,
      dpop_bound_access_tokens: true,
      ...(profile === 'fapi2' ? { jwks: { keys: [jwk as Record<string, unknown>] } } : {}),
    },
  })
  const party: oauth.Client = { client_id: client.id }
  const auth =
    profile === 'fapi2' ? oauth.PrivateKeyJwt({ key: pair.privateKey, kid: 'k1' }) : oauth.None()
  const keys = await oauth.generateKeyPair('ES256')
  const DPoP = oauth.DPoP(party, keys)
  return { party, auth, keys, DPoP, ...(await codeFor(tenant, party, auth, profile)) }
}

async function codeFor(
  tenant: Tenant,
  party: oauth.Client,
  auth: oauth.ClientAuth,
  profile: string,
) {
  const issuer = new URL(tenant.issuer)
  const on = through(world)
  const server = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, on),
  )
  const verifier = oauth.generateRandomCodeVerifier()
  const parameters = {
    client_id: party.client_id,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: SCOPE,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }
  const url = new URL(server.authorization_endpoint ?? '')
  if (profile === 'fapi2') {
    const answer = await oauth.pushedAuthorizationRequest(server, party, auth, parameters, on)
    const pushed = await oauth.processPushedAuthorizationResponse(server, party, answer)
    url.searchParams.set('client_id', party.client_id)
    url.searchParams.set('request_uri', pushed.request_uri)
  } else for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  const ana: Actor = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  const { headers } = await new Browser(world, ana).follow(url.href)
  const code = oauth.validateAuthResponse(server, party, new URL(headers.location ?? ''))
  return { server, code, verifier, ana }
}

function through(node: World) {
  return {
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: fetchFrom(node) as never,
  }
}

type Opened = Awaited<ReturnType<typeof open>>

async function redeem(opened: Opened, node = world) {
  const { server, party, auth, code, verifier, DPoP } = opened
  const options = { DPoP, ...through(node) }
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    party,
    auth,
    code,
    REDIRECT_URI,
    verifier,
    options,
  )
  return oauth.processAuthorizationCodeResponse(server, party, answer)
}

async function userInfo({ server, party, DPoP }: Opened, token: string, node = world) {
  const answer = await oauth.userInfoRequest(server, party, token, { DPoP, ...through(node) })
  return oauth.processUserInfoResponse(server, party, oauth.skipSubjectCheck, answer)
}

/** The same client with the same key, which remembers no nonce. */
function forgetful(opened: Opened): Opened {
  return { ...opened, DPoP: oauth.DPoP(opened.party, opened.keys) }
}

const isDemand = expect.toSatisfy((error: unknown) => oauth.isDPoPNonceError(error))

describe('RFC 9449 §8: a tenant with `dpop_nonces: always`', () => {
  it('demands a nonce of any client, at the token endpoint and at userinfo', async () => {
    const opened = await open(strict, 'spa')
    await expect(redeem(opened)).rejects.toEqual(isDemand)
    const tokens = await redeem(opened)

    expect(tokens.token_type).toBe('dpop')
    expect(await userInfo(opened, tokens.access_token)).toMatchObject({ sub: opened.ana.userId })
    await expect(userInfo(forgetful(opened), tokens.access_token)).rejects.toEqual(isDemand)
  })

  it('takes the nonce of one node at another, for minutes, and says the next', async () => {
    const opened = await open(strict, 'spa')
    await expect(redeem(opened)).rejects.toEqual(isDemand)
    const { access_token } = await redeem(opened, second)

    expect(await userInfo(opened, access_token, second)).toBeDefined()
    vi.setSystemTime(Date.now() + 300_000)
    await expect(userInfo(opened, access_token)).rejects.toEqual(isDemand)
    expect(await userInfo(opened, access_token, second)).toBeDefined()
  })

  it('takes no nonce of another tenant', async () => {
    const other = await world.tenant(undefined, { dpop_nonces: 'always' })
    const [here, there] = [await open(strict, 'spa'), await open(other, 'spa')]
    await expect(redeem(here)).rejects.toEqual(isDemand)

    await expect(redeem({ ...there, DPoP: here.DPoP })).rejects.toEqual(isDemand)
  })
})

describe('RFC 9449 §8: other tenants', () => {
  it('demand no nonce of clients that are not of FAPI', async () => {
    const opened = await open(relaxed, 'spa')
    const { access_token } = await redeem(opened)

    expect(await userInfo(opened, access_token)).toBeDefined()
  })

  it('demand one of clients of FAPI 2.0, also at userinfo', async () => {
    const opened = await open(relaxed, 'fapi2')
    await expect(redeem(opened)).rejects.toEqual(isDemand)
    const { access_token } = await redeem(opened)
    expect(await userInfo(opened, access_token)).toBeDefined()

    const anew = forgetful(opened)
    await expect(userInfo(anew, access_token)).rejects.toEqual(isDemand)
    expect(await userInfo(anew, access_token)).toBeDefined()
  })
})
