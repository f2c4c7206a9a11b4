import * as oidc from 'openid-client'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientMetadata } from '../../../src/domains/oauth/index.ts'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { obtainTokens } from '../../support/authorize.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import {
  Browser,
  REDIRECT_URI,
  type RelyingParty,
  registerRelyingParty,
} from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

const CIBA = 'urn:openid:params:grant-type:ciba'
const LIST = 'https://sector.example/addresses.json'
const KEYS = 'https://app.example/keys.json'
let keys: object = {}
let world: World
let tenant: Tenant
let ana: Actor

beforeAll(async () => {
  world = await openWorld({
    clock: new RunningClock(),
    fetch: async (input) => {
      const url = input instanceof Request ? input.url : input.toString()
      return Response.json(url === LIST ? [REDIRECT_URI, KEYS] : keys)
    },
  })
  tenant = await world.tenant()
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
})
afterAll(() => world.close())

function register(
  metadata: Partial<ClientMetadata> = {},
  authentication?: oidc.ClientAuth,
): Promise<RelyingParty> {
  return registerRelyingParty(world, {
    tenant,
    ...(authentication === undefined ? {} : { authentication }),
    metadata: { grant_types: ['authorization_code', CIBA], ...metadata } as never,
  })
}

const hintOf = async (party: RelyingParty) =>
  (await obtainTokens(new Browser(world, ana), party)).id_token ?? ''

const ask = (party: RelyingParty, hints: Record<string, string>) =>
  oidc.initiateBackchannelAuthentication(party.config, { scope: 'openid', ...hints })

async function approveAndPoll(party: RelyingParty, auth_req_id: string) {
  const path = '/api/auth/authentication-requests'
  const { data } = (await ana.call('GET', path)).json<{ data: { id: string }[] }>()
  await ana.call('POST', `${path}/${data[0]?.id ?? ''}/approve`)
  return oidc.genericGrantRequest(party.config, CIBA, { auth_req_id })
}

describe('CIBA §7.1: a client names its user', () => {
  it('by an ID token that it got', async () => {
    const party = await register()

    const { auth_req_id } = await ask(party, { id_token_hint: await hintOf(party) })

    const tokens = await approveAndPoll(party, auth_req_id)
    expect(tokens.claims()?.sub).toBe(ana.userId)
  })

  it('by an ID token with a pairwise subject', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] }
    const pairwise = {
      subject_type: 'pairwise',
      sector_identifier_uri: LIST,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: KEYS,
    } as const
    const party = await register(pairwise, oidc.PrivateKeyJwt({ key: privateKey, kid: 'k1' }))
    const hint = await hintOf(party)

    const { auth_req_id } = await ask(party, { id_token_hint: hint })

    const { sub, sid } = { ...(await approveAndPoll(party, auth_req_id)).claims() }
    expect(sub).toMatch(/^[\w-]{22}$/)
    expect(sid).toMatch(/^[\w-]{22}$/)
  })

  it('by one hint, not by two and not by none', async () => {
    const party = await register()
    const hints = { id_token_hint: await hintOf(party), login_hint: ana.identity.email }

    await expect(ask(party, hints)).rejects.toMatchObject({ error: 'invalid_request' })
    await expect(ask(party, {})).rejects.toMatchObject({ error: 'invalid_request' })
    await expect(ask(party, { login_hint_token: 'x' })).rejects.toMatchObject({
      error: 'invalid_request',
    })
  })

  it('not by an ID token of another client, nor by one that is not ours', async () => {
    const [party, other] = [await register(), await register()]
    const { privateKey } = await generateKeyPair('ES256')
    const forged = await new SignJWT({ sub: ana.userId })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(tenant.issuer)
      .setAudience(party.clientId)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey)

    for (const id_token_hint of [await hintOf(other), forged, 'nonsense']) {
      await expect(ask(party, { id_token_hint })).rejects.toMatchObject({
        error: 'invalid_request',
      })
    }
  })

  it('not if the user is suspended', async () => {
    const party = await register()
    const bob = await world.actors.user({ tenant })
    await bob.signInWithCookie()
    const tokens = await obtainTokens(new Browser(world, bob), party)
    await world.app.identity.suspendUser(world.internalContext(tenant), bob.userId)

    await expect(ask(party, { id_token_hint: tokens.id_token ?? '' })).rejects.toMatchObject({
      error: 'unknown_user_id',
    })
  })
})
