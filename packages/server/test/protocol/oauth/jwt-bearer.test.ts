import * as oidc from 'openid-client'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import {
  type AssertionIssuer,
  type AssertionWishes,
  createAssertionIssuer,
} from '../../support/assertion-issuer.ts'
import { readAudit } from '../../support/audit-trail.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { API, OTHER_API } from '../../support/oauth-grants.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { type RelyingParty, registerRelyingParty } from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const KEYS = 'https://issuer.example/keys.json'
let published: object = { keys: [] }
let asked = 0
let world: World
let tenant: Tenant
let ana: Actor
let issuer: AssertionIssuer
let party: RelyingParty

beforeAll(async () => {
  world = await openWorld({
    clock: new RunningClock(),
    fetch: async (input) => {
      expect(input instanceof Request ? input.url : input.toString()).toBe(KEYS)
      asked += 1
      return Response.json(published)
    },
  })
  tenant = await world.tenant(undefined, { audiences: [API, OTHER_API] })
  ana = await world.actors.user({ tenant })
  party = await register()
  issuer = await createAssertionIssuer()
  await issuer.trust(world, tenant, [party.clientId as never])
})
afterAll(() => world.close())

function register(metadata: object = {}): Promise<RelyingParty> {
  return registerRelyingParty(world, {
    tenant,
    profile: 'service',
    metadata: {
      redirect_uris: [],
      scope: 'read write',
      resources: [API],
      grant_types: [BEARER],
      ...metadata,
    } as never,
  })
}

const present = (assertion: string, more: Record<string, string> = {}, by = party) =>
  oidc.genericGrantRequest(by.config, BEARER, { assertion, ...more })

const assertAna = (wishes: AssertionWishes = {}) =>
  issuer.assert(tenant, { sub: ana.userId, ...wishes })

const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

it('RFC 7523 §2.1: gives an access token for the user, and nothing that lives longer', async () => {
  const tokens = await present(await assertAna())

  expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'read' })
  expect(tokens.refresh_token).toBeUndefined()
  const claims = decodeClaims(tokens.access_token)
  expect(claims).toMatchObject({
    sub: ana.userId,
    aud: API,
    client_id: party.clientId,
    scope: 'read',
    acr: 'urn:countersign:acr:password',
    amr: [],
  })
  expect(await oidc.tokenIntrospection(party.config, tokens.access_token)).toMatchObject({
    active: true,
    sub: ana.userId,
  })
  const events = await readAudit(world, tenant)
  expect(events.map(({ action }) => action)).toContain('oauth.assertion_accepted')
})

it('what ends the sessions of the user ends that token', async () => {
  const bob = await world.actors.signedIn({ tenant })
  const { access_token } = await present(await issuer.assert(tenant, { sub: bob.userId }))
  expect((await bob.call('DELETE', '/api/auth/sessions')).statusCode).toBeLessThan(300)

  expect(await oidc.tokenIntrospection(party.config, access_token)).toEqual({ active: false })
})

it('I2: one of 50 who bring the same assertion gets a token', async () => {
  const assertion = await assertAna()

  const attempts = await Promise.allSettled(Array.from({ length: 50 }, () => present(assertion)))

  expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

describe('RFC 7523 §3: refuses an assertion', () => {
  const other = 'https://other.example'

  it.each<[string, () => AssertionWishes]>([
    ['for somebody else', () => ({ aud: other })],
    ['for us and somebody else', () => ({ aud: [tenant.issuer, other] })],
    ['for us in a list', () => ({ aud: [tenant.issuer] })],
    ['for nobody', () => ({ aud: undefined as never })],
    ['of an issuer who is not trusted', () => ({ iss: other })],
    ['that is over', () => ({ iat: secondsFromNow(-120), exp: secondsFromNow(-30) })],
    ['that does not end', () => ({ exp: undefined as never })],
    ['that lives for an hour', () => ({ exp: secondsFromNow(3600) })],
    ['that is not valid yet', () => ({ nbf: secondsFromNow(60) })],
    ['of times to come', () => ({ iat: secondsFromNow(60), exp: secondsFromNow(120) })],
    ['without a time of issue', () => ({ iat: undefined as never })],
    ['without an id', () => ({ jti: undefined as never })],
    ['with an empty id', () => ({ jti: '' })],
    ['of another type', () => ({ header: { typ: 'at+jwt' } })],
    ['about nobody', () => ({ sub: 'usr_00000000000000000000000000' })],
    ['about an address, where ids count', () => ({ sub: ana.identity.email })],
  ])('%s', async (_what, wishes) => {
    await expect(present(await assertAna(wishes()))).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('that another key signed, or none', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const claims = {
      iss: issuer.issuer,
      aud: tenant.issuer,
      sub: ana.userId,
      jti: 'x',
      iat: secondsFromNow(0),
      exp: secondsFromNow(60),
    }
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(privateKey)
    const secret = new TextEncoder().encode(JSON.stringify(issuer.jwk))
    const confused = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .sign(secret)
    const none = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(claims)).replaceAll('=', '')}.`

    for (const assertion of [forged, confused, none, 'nonsense']) {
      await expect(present(assertion)).rejects.toMatchObject({ error: 'invalid_grant' })
    }
  })

  it('in the hands of a client that is not named', async () => {
    const stranger = await register()

    await expect(present(await assertAna(), {}, stranger)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('after the trust has ended', async () => {
    const former = await createAssertionIssuer()
    const { id } = await former.trust(world, tenant, [party.clientId as never])
    const assertion = () => former.assert(tenant, { sub: ana.userId })
    await present(await assertion())
    await world.app.trustedIssuers.remove(world.internalContext(tenant), id)

    await expect(present(await assertion())).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('of an issuer whom another tenant trusts', async () => {
    const elsewhere = await world.tenant(undefined, { audiences: [API] })
    const foreign = await createAssertionIssuer()
    await foreign.trust(world, elsewhere, [party.clientId as never])

    await expect(present(await foreign.assert(tenant, { sub: ana.userId }))).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })
})

it('gives no scope that the issuer may not give', async () => {
  await expect(present(await assertAna(), { scope: 'write' })).rejects.toMatchObject({
    error: 'invalid_scope',
  })
  await expect(present(await assertAna(), { resource: OTHER_API })).rejects.toMatchObject({
    error: 'invalid_target',
  })
})

it('leaves nothing behind if the gate refuses, and counts when it does not any more', async () => {
  const assertion = await assertAna()
  await world.app.identity.suspendUser(world.internalContext(tenant), ana.userId)
  await expect(present(assertion)).rejects.toMatchObject({ error: 'invalid_grant' })
  await world.app.identity.resumeUser(world.internalContext(tenant), ana.userId)

  expect((await present(assertion)).access_token).toBeDefined()
})

it('gives no bearer token to a client that gets bound ones', async () => {
  const bound = await register({ dpop_bound_access_tokens: true })
  const own = await createAssertionIssuer()
  await own.trust(world, tenant, [bound.clientId as never])

  await expect(present(await own.assert(tenant, { sub: ana.userId }), {}, bound)).rejects.toThrow()
})

describe('a subject that is found by address', () => {
  let byAddress: AssertionIssuer
  beforeAll(async () => {
    byAddress = await createAssertionIssuer()
    const clients = [party.clientId as never]
    await byAddress.trust(world, tenant, clients, { subjectMapping: 'email' })
  })

  it('is one whose address the issuer has verified', async () => {
    const { email } = ana.identity
    const about = (claims: object) => byAddress.assert(tenant, { sub: 'u-17', ...claims })

    const tokens = await present(await about({ email, email_verified: true }))
    expect(decodeClaims(tokens.access_token)).toMatchObject({ sub: ana.userId })
    for (const claims of [{ email }, { email, email_verified: 'true' }, { email_verified: true }]) {
      await expect(present(await about(claims))).rejects.toMatchObject({ error: 'invalid_grant' })
    }
  })

  it('is not one whose id stands in place of the address', async () => {
    const assertion = byAddress.assert(tenant, {
      sub: 'x',
      email: ana.userId,
      email_verified: true,
    })

    await expect(present(await assertion)).rejects.toMatchObject({ error: 'invalid_grant' })
  })
})

it('reads published keys over the egress, once for many assertions', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  published = { keys: [{ ...(await exportJWK(publicKey)), kid: 'p1', alg: 'ES256' }] }
  const remote = await createAssertionIssuer()
  await remote.trust(world, tenant, [party.clientId as never], { jwks: undefined, jwksUri: KEYS })
  const assertion = () =>
    new SignJWT({ sub: ana.userId, jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: 'p1' })
      .setIssuer(remote.issuer)
      .setAudience(tenant.issuer)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey)

  await present(await assertion())
  await present(await assertion())

  expect(asked).toBe(1)
})
