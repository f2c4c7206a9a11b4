import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { ask, isOfPlainWay } from '../../support/ask-twice.ts'
import { readAudit } from '../../support/audit-trail.ts'
import { chooseAlgorithms } from '../../support/choose-algorithms.ts'
import { API, LEGACY_API, RefreshWays, refreshWith } from '../../support/refresh-ways.ts'
import type { RelyingParty } from '../../support/relying-party.ts'

/** What the engine refuses, a plain refresh is refused too: see `plain-refresh.test.ts`. */
let ways: RefreshWays
let isRisky = false

beforeAll(async () => {
  ways = await RefreshWays.open({
    riskProvider: {
      assess: async () => ({ level: isRisky ? 'high' : 'low', reasons: ['listed'] }),
    },
  })
})
beforeEach(() => ways.beginAnew())
afterAll(() => ways.world.close())

const ENCRYPTION_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0',
  y: 'SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps',
  alg: 'ECDH-ES',
  use: 'enc',
}

it.each<[string, (party: RelyingParty) => Promise<unknown>]>([
  ['its client lost the scope', (party) => ways.change(party, { scope: 'openid write' })],
  ['its client lost the resource', (party) => ways.change(party, { resources: [LEGACY_API] })],
  [
    // Its old secret is still there.
    'its client proves itself by a key now',
    (party) =>
      ways.change(party, {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ ...ENCRYPTION_KEY, alg: 'ES256', use: 'sig' }] },
      }),
  ],
  [
    'its client may not refresh',
    (party) => ways.change(party, { grant_types: ['authorization_code'] }),
  ],
  [
    'its ID tokens are encrypted now',
    (party) =>
      ways.change(party, {
        jwks: { keys: [ENCRYPTION_KEY] },
        id_token_encrypted_response_alg: 'ECDH-ES',
      }),
  ],
  [
    'its client is bound to certificates now',
    (party) => ways.change(party, { tls_client_certificate_bound_access_tokens: true }),
  ],
  [
    'its client is bound to keys now',
    (party) => ways.change(party, { dpop_bound_access_tokens: true }),
  ],
  [
    'its client is disabled',
    ({ clientId }) =>
      ways.world.app.clients.update(
        ways.world.internalContext(ways.tenant),
        { id: clientId as never },
        { status: 'disabled' },
      ),
  ],
  ['it has expired', async () => ways.world.clock.advance({ milliseconds: 3_601_000 })],
])('answers as the engine does when %s', async (_, happen) => {
  const party = await ways.register({ metadata: { refresh_token_lifetime_seconds: 3_600 } })
  const [one, other] = [await ways.obtain(party), await ways.obtain(party)]
  await happen(party)

  const [plain, engine] = [await ways.plainly(party, one), await ways.byEngine(party, other)]

  expect(plain.answer).toEqual(engine.answer)
  expect(isOfPlainWay(plain)).toBe(false)
})

it('knows the refresh token of another client no more than the engine does', async () => {
  const [party, stranger] = [await ways.register(), await ways.register()]
  const token = await ways.obtain(party)

  const [plain, engine] = [
    await ways.plainly(stranger, token),
    await ways.byEngine(stranger, token),
  ]

  expect(plain.answer.status).toBe(400)
  expect(plain.answer).toEqual(engine.answer)
  expect((await ways.plainly(party, token)).answer.status).toBe(200)
})

it('knows nothing of what another tenant gave', async () => {
  const party = await ways.register()
  const token = await ways.obtain(party)
  const elsewhere = {
    url: ways.url,
    tenant: await ways.world.tenant(undefined, { audiences: [API] }),
  }

  const answers = [
    await ask(elsewhere, refreshWith(party, token), 'plain'),
    await ask(elsewhere, refreshWith(party, token), 'engine'),
  ]

  expect(answers.map(({ answer }) => answer.status)).toEqual([401, 401])
  expect(answers[0]?.answer).toEqual(answers[1]?.answer)
})

it('sees at once that the tenant gave up an algorithm its client is registered for', async () => {
  const party = await ways.register({ metadata: { introspection_signed_response_alg: 'EdDSA' } })
  const [one, other] = [await ways.obtain(party), await ways.obtain(party)]
  await chooseAlgorithms(ways.world, ways.tenant, ['RS256'])

  const [plain, engine] = [await ways.plainly(party, one), await ways.byEngine(party, other)]

  expect(plain.answer).toEqual(engine.answer)
  expect(plain.answer.rest).toMatchObject({ error: 'invalid_client_metadata' })
  await chooseAlgorithms(ways.world, ways.tenant, ['RS256', 'EdDSA'])
})

it('RFC 9700 §4.14.2: ends the grant when a token comes again after the grace', async () => {
  const party = await ways.register()
  const first = await ways.obtain(party)
  const second = (await ways.plainly(party, first)).refreshToken
  ways.world.clock.advance({ milliseconds: 61_000 })

  expect((await ways.plainly(party, first)).answer.rest).toMatchObject({ error: 'invalid_grant' })
  expect((await ways.plainly(party, second)).answer.rest).toMatchObject({ error: 'invalid_grant' })
})

it('I1: gives the same successor to 50 that refresh at once, by either way', async () => {
  const party = await ways.register()
  const first = await ways.obtain(party)

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, turn) =>
      turn % 5 === 0 ? ways.byEngine(party, first) : ways.plainly(party, first),
    ),
  )

  expect(new Set(answers.map(({ answer }) => answer.status))).toEqual(new Set([200]))
  expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1)
})

it.each<[string, () => Promise<unknown>]>([
  ['the risk is high', async () => void (isRisky = true)],
  [
    'the user is suspended',
    () =>
      ways.world.app.identity.suspendUser(
        ways.world.internalContext(ways.tenant),
        ways.user.userId,
      ),
  ],
  ['the session has ended', () => ways.user.call('POST', '/api/auth/logout')],
  ['the user needs a second factor now', () => demandSecondFactor()],
])('leaves the record of a refusal that the engine leaves when %s', async (_, happen) => {
  const trails = []
  for (const by of ['plainly', 'byEngine'] as const) {
    await ways.beginAnew()
    const party = await ways.register()
    const token = await ways.obtain(party)
    await happen()
    const before = (await readAudit(ways.world, ways.tenant)).length

    const { answer } = await ways[by](party, token)

    const events = (await readAudit(ways.world, ways.tenant)).slice(before)
    trails.push({ answer, events: events.map(({ action, details }) => ({ action, details })) })
    isRisky = false
    await changeTenant({ mfa_policy: 'optional' })
  }

  expect(trails[0]?.events.at(-1)).toMatchObject({ action: 'oauth.token_refused' })
  expect(trails[0]).toEqual(trails[1])
})

const demandSecondFactor = () => changeTenant({ mfa_policy: 'required' })

async function changeTenant(settings: object): Promise<void> {
  const system = await ways.world.app.tenants.findBySlug('system')
  if (system === undefined) throw new Error('the system tenant is missing')
  await ways.world.app.tenants.update(ways.world.internalContext(system), ways.tenant.id, {
    settings,
  })
  ways.world.app.directory.forget(ways.tenant.slug)
}
