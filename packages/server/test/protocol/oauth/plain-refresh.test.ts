import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { hashRecordId, openPayload } from '../../../src/domains/oauth/engine/record-payload.ts'
import { findRecord } from '../../../src/domains/oauth/engine/record-store.ts'
import type { NewClient } from '../../../src/domains/oauth/index.ts'
import type { RiskPort } from '../../../src/domains/risk/index.ts'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { ask, type Asked, isOfPlainWay, type TokenRequest } from '../../support/ask-twice.ts'
import { chooseAlgorithms } from '../../support/choose-algorithms.ts'
import { readAudit } from '../../support/audit-trail.ts'
import { type AuthorizeOptions, obtainTokens } from '../../support/authorize.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { Browser, type RelyingParty, registerRelyingParty } from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

/**
 * A confidential client that refreshes is answered without the engine. These tests refresh the
 * tokens of two sessions that began alike, one by each way, and compare everything.
 */
const API = 'https://api.example'
const LEGACY_API = 'https://legacy.example'
const OPAQUE_API = 'https://opaque.example'
let world: World
let url: string
let tenant: Tenant
let ana: Actor

let isRisky = false

beforeAll(async () => {
  const riskProvider: RiskPort = {
    assess: async () => ({ level: isRisky ? 'high' : 'low', reasons: ['listed'] }),
  }
  world = await openWorld({ clock: new RunningClock(), riskProvider })
  url = await world.app.http.listen({ port: 0, host: '127.0.0.1' })
  tenant = await world.tenant(undefined, {
    audiences: [API, LEGACY_API, OPAQUE_API],
    signing_algorithms: ['RS256', 'EdDSA'],
    resource_servers: {
      [LEGACY_API]: { access_token_signing_alg: 'RS256', access_token_claims: ['email'] },
      [OPAQUE_API]: { access_token_format: 'opaque' },
    },
  })
})
// Some tests let time pass.
beforeEach(async () => {
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
})
afterAll(() => world.close())

const LIKE_THIS: AuthorizeOptions = { scope: 'openid read', resource: API }

const ENCRYPTION_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0',
  y: 'SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps',
  alg: 'ECDH-ES',
  use: 'enc',
}

it.each<[string, NewClient['metadata'], AuthorizeOptions]>([
  ['what it is', {}, LIKE_THIS],
  ['no ID token', {}, { ...LIKE_THIS, scope: 'read' }],
  ['a profile', {}, { ...LIKE_THIS, scope: 'openid profile email read' }],
  ['two scopes', {}, { ...LIKE_THIS, scope: 'write openid read' }],
  ['no end with the session', {}, { ...LIKE_THIS, scope: 'openid offline_access read' }],
  ['a nonce', {}, { ...LIKE_THIS, parameters: { nonce: 'n-0S6_WzA2Mj' } }],
  ['claims that its client wants', { access_token_claims: ['email', 'name'] }, LIKE_THIS],
  ['claims and the key of its resource server', {}, { ...LIKE_THIS, resource: LEGACY_API }],
  ['an ID token of EdDSA', { id_token_signed_response_alg: 'EdDSA' }, LIKE_THIS],
  ['an access token of EdDSA', { access_token_signing_alg: 'EdDSA' }, LIKE_THIS],
  ['a short life', { access_token_lifetime_seconds: 77 }, LIKE_THIS],
  ['a required class', { required_acr: 'urn:countersign:acr:password' }, LIKE_THIS],
])('refreshes a token that stands for %s as the engine does', async (_, metadata, options) => {
  const party = await register({ metadata })
  const [plain, engine] = await both(party, options)

  expect([plain.first, engine.first].map(isOfPlainWay)).toEqual([true, false])
  expect(plain.first.answer.status).toBe(200)
  expect(plain.first.answer).toEqual(engine.first.answer)
  // What was kept is the same, too: the other way goes on with it.
  const [next, other] = [
    await byEngine(party, plain.first.refreshToken),
    await plainly(party, engine.first.refreshToken),
  ]
  expect(next.answer).toEqual(engine.first.answer)
  expect(other.answer).toEqual(engine.first.answer)
  expect(isOfPlainWay(other)).toBe(true)
})

it.each<[string, Partial<NewClient>, AuthorizeOptions]>([
  ['for the userinfo endpoint', {}, { scope: 'openid' }],
  ['opaque', { metadata: { access_token_format: 'opaque' } }, LIKE_THIS],
  ['opaque for its resource server', {}, { ...LIKE_THIS, resource: OPAQUE_API }],
  ['pairwise', { metadata: { subject_type: 'pairwise' } }, LIKE_THIS],
  [
    'with claims that were asked for',
    {},
    { ...LIKE_THIS, parameters: { claims: '{"id_token":{"email":{"essential":true}}}' } },
  ],
])('leaves a token that is %s to the engine', async (_, client, options) => {
  const party = await register(client)
  const [plain, engine] = await both(party, options)

  expect([plain.first, engine.first].map(isOfPlainWay)).toEqual([false, false])
  expect(plain.first.answer).toEqual(engine.first.answer)
  expect(plain.first.answer.status).toBe(200)
})

it('takes the secret in the header, too', async () => {
  const party = await register({ metadata: { token_endpoint_auth_method: 'client_secret_basic' } })
  const tokens = await obtain(party, LIKE_THIS)
  const { clientId, secret } = party
  const authorization = `Basic ${btoa(`${clientId}:${secret}`)}`
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: tokens })

  const answer = await ask(
    { url, tenant },
    { body: body.toString(), headers: { authorization } },
    'plain',
  )

  expect([answer.answer.status, isOfPlainWay(answer)]).toEqual([200, true])
})

it.each<[string, (party: RelyingParty) => Promise<unknown>]>([
  ['its client lost the scope', (party) => change(party, { scope: 'openid write' })],
  ['its client lost the resource', (party) => change(party, { resources: [LEGACY_API] })],
  [
    // Its old secret is still there.
    'its client proves itself by a key now',
    (party) =>
      change(party, {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ ...ENCRYPTION_KEY, alg: 'ES256', use: 'sig' }] },
      }),
  ],
  ['its client may not refresh', (party) => change(party, { grant_types: ['authorization_code'] })],
  [
    'its ID tokens are encrypted now',
    (party) =>
      change(party, {
        jwks: { keys: [ENCRYPTION_KEY] },
        id_token_encrypted_response_alg: 'ECDH-ES',
      }),
  ],
  [
    'its client is bound to certificates now',
    (party) => change(party, { tls_client_certificate_bound_access_tokens: true }),
  ],
  ['its client is bound to keys now', (party) => change(party, { dpop_bound_access_tokens: true })],
  [
    'its client is disabled',
    ({ clientId }) =>
      world.app.clients.update(
        world.internalContext(tenant),
        { id: clientId as never },
        { status: 'disabled' },
      ),
  ],
  ['it has expired', async () => world.clock.advance({ milliseconds: 3_601_000 })],
])('answers as the engine does when %s', async (_, happen) => {
  const party = await register({ metadata: { refresh_token_lifetime_seconds: 3_600 } })
  const [one, other] = [await obtain(party, LIKE_THIS), await obtain(party, LIKE_THIS)]
  await happen(party)

  const [plain, engine] = [await plainly(party, one), await byEngine(party, other)]

  expect(plain.answer).toEqual(engine.answer)
  expect(isOfPlainWay(plain)).toBe(false)
})

it('knows the refresh token of another client no more than the engine does', async () => {
  const [party, stranger] = [await register(), await register()]
  const token = await obtain(party, LIKE_THIS)

  const [plain, engine] = [await plainly(stranger, token), await byEngine(stranger, token)]

  expect(plain.answer.status).toBe(400)
  expect(plain.answer).toEqual(engine.answer)
  expect((await plainly(party, token)).answer.status).toBe(200)
})

it('knows nothing of what another tenant gave', async () => {
  const party = await register()
  const token = await obtain(party, LIKE_THIS)
  const elsewhere = { url, tenant: await world.tenant(undefined, { audiences: [API] }) }

  const answers = [
    await ask(elsewhere, refreshWith(party, token), 'plain'),
    await ask(elsewhere, refreshWith(party, token), 'engine'),
  ]

  expect(answers.map(({ answer }) => answer.status)).toEqual([401, 401])
  expect(answers[0]?.answer).toEqual(answers[1]?.answer)
})

it('sees at once that the tenant gave up an algorithm its client is registered for', async () => {
  const party = await register({ metadata: { introspection_signed_response_alg: 'EdDSA' } })
  const [one, other] = [await obtain(party, LIKE_THIS), await obtain(party, LIKE_THIS)]
  await chooseAlgorithms(world, tenant, ['RS256'])

  const [plain, engine] = [await plainly(party, one), await byEngine(party, other)]

  expect(plain.answer).toEqual(engine.answer)
  expect(plain.answer.rest).toMatchObject({ error: 'invalid_client_metadata' })
  await chooseAlgorithms(world, tenant, ['RS256', 'EdDSA'])
})

it('RFC 9700 §4.14.2: ends the grant when a token comes again after the grace', async () => {
  const party = await register()
  const first = await obtain(party, LIKE_THIS)
  const second = (await plainly(party, first)).refreshToken
  world.clock.advance({ milliseconds: 61_000 })

  expect((await plainly(party, first)).answer.rest).toMatchObject({ error: 'invalid_grant' })
  expect((await plainly(party, second)).answer.rest).toMatchObject({ error: 'invalid_grant' })
})

it('I1: gives the same successor to 50 that refresh at once, by either way', async () => {
  const party = await register()
  const first = await obtain(party, LIKE_THIS)

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, turn) =>
      turn % 5 === 0 ? byEngine(party, first) : plainly(party, first),
    ),
  )

  expect(new Set(answers.map(({ answer }) => answer.status))).toEqual(new Set([200]))
  expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1)
})

it.each<[string, () => Promise<unknown>]>([
  ['the risk is high', async () => void (isRisky = true)],
  [
    'the user is suspended',
    () => world.app.identity.suspendUser(world.internalContext(tenant), ana.userId),
  ],
  ['the session has ended', () => ana.call('POST', '/api/auth/logout')],
  ['the user needs a second factor now', () => demandSecondFactor()],
])('leaves the record of a refusal that the engine leaves when %s', async (_, happen) => {
  const trails = []
  for (const by of [plainly, byEngine]) {
    ana = await world.actors.user({ tenant })
    await ana.signInWithCookie()
    const party = await register()
    const token = await obtain(party, LIKE_THIS)
    await happen()
    const before = (await readAudit(world, tenant)).length

    const { answer } = await by(party, token)

    const events = (await readAudit(world, tenant)).slice(before)
    trails.push({ answer, events: events.map(({ action, details }) => ({ action, details })) })
    isRisky = false
    await changeTenant({ mfa_policy: 'optional' })
  }

  expect(trails[0]?.events.at(-1)).toMatchObject({ action: 'oauth.token_refused' })
  expect(trails[0]).toEqual(trails[1])
})

it('keeps of the successor what the engine keeps', async () => {
  const party = await register()
  const [one, other] = [await obtain(party, LIKE_THIS), await obtain(party, LIKE_THIS)]
  world.clock.advance({ milliseconds: 10_000 })

  const kept = [await keptOf(await plainly(party, one)), await keptOf(await byEngine(party, other))]

  expect(kept[0]).toMatchObject({ rotations: 1, gty: 'authorization_code refresh_token' })
  expect(kept[0]).toEqual(kept[1])
})

it('leaves the record that the engine leaves', async () => {
  const [plain, engine] = await both(await register(), LIKE_THIS)

  const events = await Promise.all([plain.first, engine.first].map(({ jti }) => eventOf(jti)))

  expect(events[0]).toMatchObject({ action: 'oauth.token_issued', outcome: 'success' })
  expect(events[0]).toEqual(events[1])
})

it('answers whatever is asked as the engine does', async () => {
  const [party, stranger] = [await register(), await register()]
  const tokens = { plain: await obtain(party, LIKE_THIS), engine: await obtain(party, LIKE_THIS) }
  const foreign = await obtain(stranger, LIKE_THIS)
  const mostly = <T>(usual: T, ...others: T[]) =>
    fc.oneof(
      { arbitrary: fc.constant(usual), weight: 25 },
      ...others.map((one) => fc.constant(one)),
    )
  const seldom = (...values: string[]) => mostly<string | null>(null, ...values)
  const request = fc.record({
    grant_type: mostly('refresh_token', 'refresh_token ', 'client_credentials', ''),
    client_id: mostly<string | null>(party.clientId, stranger.clientId, 'cli_none', '', null),
    client_secret: mostly<string | null>(party.secret ?? '', stranger.secret ?? '', 'no', '', null),
    refresh_token: mostly<string | null>(
      'CURRENT',
      foreign,
      'x'.repeat(43),
      'short',
      ' ',
      '',
      null,
    ),
    scope: seldom('read', 'openid', 'write', 'openid read', 'é', ' '),
    resource: seldom(API, LEGACY_API, 'nonsense'),
    authorization_details: seldom('[]', '{'),
    client_assertion: seldom('x.y.z'),
    more: seldom('scope=read', 'refresh_token=x', 'client_id=x', '&&', '=x'),
    headers: mostly<Record<string, string>>(
      {},
      { dpop: 'x' },
      { origin: 'https://evil.example' },
      { authorization: 'Bearer x' },
      { authorization: `Basic ${btoa(`${party.clientId}:${party.secret}`)}` },
    ),
  })
  const seen = { 200: 0, 400: 0, 401: 0 }
  let plainly200 = 0

  await fc.assert(
    fc.asyncProperty(request, async ({ more, headers, ...form }) => {
      const askBy = async (by: 'plain' | 'engine') => {
        const current = { CURRENT: tokens[by] }
        const named = Object.entries(form).flatMap(([name, value]) =>
          value === null ? [] : [[name, current[value as 'CURRENT'] ?? value]],
        )
        const query = new URLSearchParams(named as [string, string][]).toString()
        const body = `${query}${more === null ? '' : `&${more}`}`
        const asked = await ask({ url, tenant }, { body, headers }, by)
        tokens[by] = asked.refreshToken ?? tokens[by]
        return asked
      }
      const [plain, engine] = [await askBy('plain'), await askBy('engine')]
      expect(plain.answer).toEqual(engine.answer)
      seen[plain.answer.status as keyof typeof seen] += 1
      if (isOfPlainWay(plain)) plainly200 += 1
    }),
    { numRuns: 300 },
  )

  // None of them was left out by chance.
  expect(Object.values({ ...seen, plainly200 }).filter((count) => count < 10)).toEqual([])
}, 60_000)

function register(client: Partial<NewClient> = {}): Promise<RelyingParty> {
  return registerRelyingParty(world, {
    tenant,
    ...client,
    metadata: {
      scope: 'openid profile email offline_access read write',
      resources: [API, LEGACY_API, OPAQUE_API],
      token_endpoint_auth_method: 'client_secret_post',
      ...client.metadata,
    },
  })
}

async function obtain(party: RelyingParty, options: AuthorizeOptions) {
  const { refresh_token = '' } = await obtainTokens(new Browser(world, ana), party, options)
  return refresh_token
}

/** The same authorization twice, each refreshed by one of the ways. */
async function both(party: RelyingParty, options: AuthorizeOptions) {
  const [one, other] = [await obtain(party, options), await obtain(party, options)]
  return [{ first: await plainly(party, one) }, { first: await byEngine(party, other) }] as const
}

function plainly(party: RelyingParty, refreshToken: string | undefined): Promise<Asked> {
  return ask({ url, tenant }, refreshWith(party, refreshToken), 'plain')
}

function byEngine(party: RelyingParty, refreshToken: string | undefined): Promise<Asked> {
  return ask({ url, tenant }, refreshWith(party, refreshToken), 'engine')
}

function refreshWith({ clientId, secret = '' }: RelyingParty, token = ''): TokenRequest {
  const form = { client_id: clientId, client_secret: secret, refresh_token: token }
  const body = new URLSearchParams({ grant_type: 'refresh_token', ...form }).toString()
  return { body, headers: {} }
}

async function change({ clientId }: RelyingParty, metadata: NewClient['metadata']) {
  const context = world.internalContext(tenant)
  const id = clientId as Parameters<typeof world.app.clients.get>[1]
  const { metadata: before } = await world.app.clients.get(context, id)
  const { redirect_uris, scope, resources, ...rest } = before
  const merged = { ...rest, redirect_uris, scope, resources, ...metadata }
  await world.app.clients.update(context, { id }, { metadata: merged as NewClient['metadata'] })
}

const demandSecondFactor = () => changeTenant({ mfa_policy: 'required' })

async function changeTenant(settings: object): Promise<void> {
  const system = await world.app.tenants.findBySlug('system')
  if (system === undefined) throw new Error('the system tenant is missing')
  await world.app.tenants.update(world.internalContext(system), tenant.id, { settings })
  world.app.directory.forget(tenant.slug)
}

/** What is stored of a refresh token, without what differs from token to token. */
async function keptOf({ refreshToken = '' }: Asked) {
  const idHash = hashRecordId('RefreshToken', refreshToken)
  const row = await world.database.withTenant(tenant.id, (tx) =>
    tx.first(findRecord('RefreshToken', idHash, world.clock.now())),
  )
  const name = { tenant: tenant.id, kind: 'RefreshToken', idHash }
  const sealed = row?.payload_sealed ?? Buffer.alloc(0)
  const {
    jti,
    iat,
    exp,
    iiat: _,
    grantId,
    ...kept
  } = openPayload(world.secrets.sealer, name, sealed)
  expect([jti, grantId]).toEqual([refreshToken, row?.record_grant_id])
  return { ...kept, lifetime: Number(exp) - Number(iat) }
}

async function eventOf(jti: string | undefined) {
  const trail = await readAudit(world, tenant)
  const found = trail.find(({ details }) => details['jti'] === jti)
  if (found === undefined) return undefined
  const { id: _, request_id: _request, details, ...lasting } = found
  return { ...lasting, grantType: details['grantType'] }
}
