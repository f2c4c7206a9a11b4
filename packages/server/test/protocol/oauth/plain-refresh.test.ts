import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { hashRecordId, openPayload } from '../../../src/domains/oauth/engine/record-payload.ts'
import { findRecord } from '../../../src/domains/oauth/engine/record-store.ts'
import type { NewClient } from '../../../src/domains/oauth/index.ts'
import { ask, type Asked, isOfPlainWay, issuedEventOf } from '../../support/ask-twice.ts'
import type { AuthorizeOptions } from '../../support/authorize.ts'
import { API, LEGACY_API, LIKE_THIS, OPAQUE_API, RefreshWays } from '../../support/refresh-ways.ts'

/**
 * A confidential client that refreshes is answered without the engine. These tests refresh the
 * tokens of two sessions that began alike, one by each way, and compare everything.
 */
let ways: RefreshWays

beforeAll(async () => {
  ways = await RefreshWays.open()
})
beforeEach(() => ways.beginAnew())
afterAll(() => ways.world.close())

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
  const party = await ways.register({ metadata })
  const [plain, engine] = await ways.both(party, options)

  expect([plain, engine].map(isOfPlainWay)).toEqual([true, false])
  expect(plain.answer.status).toBe(200)
  expect(plain.answer).toEqual(engine.answer)
  // What was kept is the same, too: the other way goes on with it.
  const [next, other] = [
    await ways.byEngine(party, plain.refreshToken),
    await ways.plainly(party, engine.refreshToken),
  ]
  expect(next.answer).toEqual(engine.answer)
  expect(other.answer).toEqual(engine.answer)
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
  const party = await ways.register(client)
  const [plain, engine] = await ways.both(party, options)

  expect([plain, engine].map(isOfPlainWay)).toEqual([false, false])
  expect(plain.answer).toEqual(engine.answer)
  expect(plain.answer.status).toBe(200)
})

it('takes the secret in the header, too', async () => {
  const party = await ways.register({
    metadata: { token_endpoint_auth_method: 'client_secret_basic' },
  })
  const tokens = await ways.obtain(party)
  const { clientId, secret } = party
  const authorization = `Basic ${btoa(`${clientId}:${secret}`)}`
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: tokens })

  const answer = await ask(ways, { body: body.toString(), headers: { authorization } }, 'plain')

  expect([answer.answer.status, isOfPlainWay(answer)]).toEqual([200, true])
})

it('keeps of the successor what the engine keeps', async () => {
  const party = await ways.register()
  const [one, other] = [await ways.obtain(party), await ways.obtain(party)]
  ways.world.clock.advance({ milliseconds: 10_000 })

  const kept = [
    await keptOf(await ways.plainly(party, one)),
    await keptOf(await ways.byEngine(party, other)),
  ]

  expect(kept[0]).toMatchObject({ rotations: 1, gty: 'authorization_code refresh_token' })
  expect(kept[0]).toEqual(kept[1])
})

it('leaves the record that the engine leaves', async () => {
  const [plain, engine] = await ways.both(await ways.register())

  const events = await Promise.all(
    [plain, engine].map(({ jti }) => issuedEventOf(ways.world, ways.tenant, jti)),
  )

  expect(events[0]).toMatchObject({ action: 'oauth.token_issued', outcome: 'success' })
  expect(events[0]).toEqual(events[1])
})

it('answers whatever is asked as the engine does', async () => {
  const [party, stranger] = [await ways.register(), await ways.register()]
  const tokens = { plain: await ways.obtain(party), engine: await ways.obtain(party) }
  const foreign = await ways.obtain(stranger)
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
        const asked = await ask(ways, { body, headers }, by)
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

/** What is stored of a refresh token, without what differs from token to token. */
async function keptOf({ refreshToken = '' }: Asked) {
  const idHash = hashRecordId('RefreshToken', refreshToken)
  const row = await ways.world.database.withTenant(ways.tenant.id, (tx) =>
    tx.first(findRecord('RefreshToken', idHash, ways.world.clock.now())),
  )
  const name = { tenant: ways.tenant.id, kind: 'RefreshToken', idHash }
  const sealed = row?.payload_sealed ?? Buffer.alloc(0)
  const {
    jti,
    iat,
    exp,
    iiat: _,
    grantId,
    ...kept
  } = openPayload(ways.world.secrets.sealer, name, sealed)
  expect([jti, grantId]).toEqual([refreshToken, row?.record_grant_id])
  return { ...kept, lifetime: Number(exp) - Number(iat) }
}
