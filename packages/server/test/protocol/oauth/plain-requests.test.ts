import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ClientWithSecrets } from '../../../src/domains/oauth/clients/model.ts'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Secret } from '../../../src/kernel/index.ts'
import { chooseAlgorithms } from '../../support/choose-algorithms.ts'
import { ask, isOfPlainWay, issuedEventOf, type TokenRequest } from '../../support/ask-twice.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { RunningClock } from '../../support/running-clock.ts'

/**
 * A plain request is answered without the engine. These tests ask everything twice: as it is, and
 * with a parameter that means nothing (RFC 6749 §3.2: ignored) and makes it one for the engine.
 */
const API = 'https://api.example'
const LEGACY_API = 'https://legacy.example'
let world: World
let url: string
let tenant: Tenant
let service: Registered
let otherService: Registered
let web: Registered

interface Registered {
  readonly id: ClientWithSecrets['id']
  readonly secret: string
}

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  url = await world.app.http.listen({ port: 0, host: '127.0.0.1' })
  tenant = await world.tenant(undefined, {
    audiences: [API, 'https://other.example', LEGACY_API],
    signing_algorithms: ['RS256', 'EdDSA'],
    resource_servers: { [LEGACY_API]: { access_token_signing_alg: 'RS256' } },
  })
  service = await register('service', { scope: 'read write', resources: [API] })
  otherService = await register('service', { scope: 'read', resources: ['https://other.example'] })
  web = await register('web', {
    redirect_uris: ['https://app.example/callback'],
    scope: 'openid read',
    resources: [API],
  })
  // Known from its first request on.
  for (const { id, secret } of [service, otherService]) {
    expect((await byEngine(post({ client_id: id, client_secret: secret }))).answer.status).toBe(200)
  }
})
afterAll(() => world.close())

it('answers a plain request as the engine does, down to each header and claim', async () => {
  const asked = post({ client_id: service.id, client_secret: service.secret, scope: 'write read' })

  const [plain, engine] = await both(asked)

  expect(plain.status).toBe(200)
  expect(plain.accessToken?.claims).toMatchObject({
    sub: service.id,
    aud: API,
    scope: 'write read',
  })
  expect(plain).toEqual(engine)
})

it('answers whatever is asked as the engine does', async () => {
  const mostly = <T>(usual: T, ...others: T[]) =>
    fc.oneof(
      { arbitrary: fc.constant(usual), weight: 20 },
      ...others.map((one) => fc.constant(one)),
    )
  const seldom = (...values: string[]) => mostly<string | null>(null, ...values)
  const request = fc.record({
    grant_type: mostly('client_credentials', 'client_credentials ', 'refresh_token', 'nothing', ''),
    client_id: mostly<string | null>(service.id, otherService.id, web.id, 'cli_none', '', null),
    client_secret: mostly<string | null>(
      service.secret,
      otherService.secret,
      'no',
      '%zz',
      '',
      null,
    ),
    scope: fc.option(
      fc.constantFrom(
        'read',
        'read read',
        'write read',
        'delete',
        'profile',
        'openid',
        'é',
        ' ',
        'read  x',
        '',
      ),
    ),
    resource: seldom(API, 'https://other.example', 'nonsense'),
    authorization_details: seldom('[]', '{'),
    client_assertion: seldom('x.y.z'),
    more: seldom('scope=read', 'client_id=x', `client_secret=${service.secret}`, '&&', '=x'),
    basic: seldom(
      `${service.id}:${service.secret}`,
      `${otherService.id}:${otherService.secret}`,
      `${service.id}:no`,
      service.id,
      `${service.id}:${service.secret}:`,
    ),
    headers: mostly<Record<string, string>>(
      {},
      { dpop: 'x' },
      { origin: 'https://evil.example' },
      { authorization: 'Bearer x' },
    ),
    // With Basic the body names no client.
    isBasicAlone: fc.boolean(),
  })
  const seen = { 200: 0, 400: 0, 401: 0 }

  await fc.assert(
    fc.asyncProperty(request, async ({ more, basic, headers, isBasicAlone, ...form }) => {
      const isAlone = basic !== null && isBasicAlone
      const given = isAlone ? { ...form, client_id: null, client_secret: null } : form
      const named = Object.entries(given).filter((entry) => entry[1] !== null) as [string, string][]
      const body = `${new URLSearchParams(named).toString()}${more === null ? '' : `&${more}`}`
      const authorization = basic === null ? {} : { authorization: `Basic ${btoa(basic)}` }
      const [plain, engine] = await both({ body, headers: { ...authorization, ...headers } })
      expect(plain).toEqual(engine)
      seen[plain.status as keyof typeof seen] += 1
    }),
    { numRuns: 400 },
  )

  // None of them was left out by chance.
  expect(Object.values(seen).every((count) => count >= 10)).toBe(true)
}, 60_000)

it('leaves the record that the engine leaves', async () => {
  const asked = post({ client_id: service.id, client_secret: service.secret, scope: 'read' })
  const [plain, engine] = [await plainly(asked), await byEngine(asked)]
  expect([plain, engine].map(isOfPlainWay)).toEqual([true, false])

  const events = await Promise.all(
    [plain, engine].map(({ jti }) => issuedEventOf(world, tenant, jti)),
  )

  expect(events[0]).toBeDefined()
  expect(events[0]).toEqual(events[1])
})

it.each([
  ['disabled', { status: 'disabled' as const }],
  [
    'moved to another resource',
    { metadata: { scope: 'read', resources: ['https://other.example'] } },
  ],
  ['without that scope', { metadata: { scope: 'write', resources: [API] } }],
])('sees at once that a client it knows is %s', async (_, change) => {
  const { id, secret } = await register('service', { scope: 'read', resources: [API] })
  const asked = post({ client_id: id, client_secret: secret, scope: 'read' })
  const before = await byEngine(asked)
  await plainly(asked)
  await world.app.clients.update(world.internalContext(tenant), { id }, change)

  const [plain, engine] = await both(asked)

  expect(plain).toEqual(engine)
  expect(plain).not.toEqual(before.answer)
})

it.each<[string, Parameters<typeof register>[0], Parameters<typeof register>[1]]>([
  ['bound to a key', 'service', { dpop_bound_access_tokens: true }],
  ['bound to a certificate', 'service', { tls_client_certificate_bound_access_tokens: true }],
  ['opaque', 'service', { access_token_format: 'opaque' }],
  ['short', 'service', { access_token_lifetime_seconds: 77 }],
  ['signed with EdDSA', 'service', { access_token_signing_alg: 'EdDSA' }],
  ['for a resource server of RS256', 'service', { resources: [LEGACY_API] }],
  ['for one of two resources', 'service', { resources: [API, 'https://other.example'] }],
  ['for no resource', 'service', { resources: [] }],
  ['of a grant it may not use', 'web', { redirect_uris: ['https://app.example/callback'] }],
])('gives a client whose tokens are %s what the engine gives', async (_, profile, metadata) => {
  const { id, secret } = await register(profile, { scope: 'read', resources: [API], ...metadata })
  const asked = post({ client_id: id, client_secret: secret, scope: 'read' })
  await byEngine(asked)

  const [plain, engine] = await both(asked)

  expect(plain).toEqual(engine)
})

it('sees at once that the tenant gave up what a client it knows is registered for', async () => {
  const { id, secret } = await register('service', {
    scope: 'read',
    resources: [API],
    id_token_signed_response_alg: 'EdDSA',
  })
  const asked = post({ client_id: id, client_secret: secret, scope: 'read' })
  const before = await byEngine(asked)
  expect([before, await plainly(asked)].map(({ answer }) => answer.status)).toEqual([200, 200])
  await chooseAlgorithms(world, tenant, ['RS256'])

  const [plain, engine] = await both(asked)

  expect(plain).toEqual(engine)
  expect(plain.rest).toMatchObject({ error: 'invalid_client_metadata' })
  await chooseAlgorithms(world, tenant, ['RS256', 'EdDSA'])
})

it('sees at once that a secret it knows has ended', async () => {
  const { id, secret } = await register('service', { scope: 'read', resources: [API] })
  const asked = post({ client_id: id, client_secret: secret, scope: 'read' })
  await byEngine(asked)
  expect((await plainly(asked)).answer.status).toBe(200)
  const context = world.internalContext(tenant)
  await world.app.clients.rotateSecret(context, id)
  await world.app.clients.rotateSecret(context, id)

  expect((await plainly(asked)).answer.status).toBe(401)
})

it('waits for a form that comes in pieces, and lives on when it never comes', async () => {
  const { body } = post({ client_id: service.id, client_secret: service.secret })
  const head = [
    `POST /t/${tenant.slug}/oauth/token HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
  ]
  const broken = connect(Number(new URL(url).port), '127.0.0.1')
  broken.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 9)}`, () => broken.destroy())
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  for (const piece of [`${head.join('\r\n')}\r\n\r\n`, body.slice(0, 9), body.slice(9)]) {
    socket.write(piece)
    await new Promise((resolve) => setTimeout(resolve, 30))
  }

  const answer = await text(socket)

  expect(answer).toMatch(/^HTTP\/1.1 200/)
  expect(
    (await plainly(post({ client_id: service.id, client_secret: service.secret }))).answer.status,
  ).toBe(200)
})

it('gives 50 at once a token each, and the one with a wrong secret none', async () => {
  const good = post({ client_id: service.id, client_secret: service.secret })
  const bad = post({ client_id: service.id, client_secret: 'wrong' })

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => plainly(index === 7 ? bad : good)),
  )

  expect(answers.map(({ answer }) => answer.status)).toEqual(
    Array.from({ length: 50 }, (_, index) => (index === 7 ? 401 : 200)),
  )
  expect(new Set(answers.map(({ jti }) => jti)).size).toBe(50)
})

function post(form: Readonly<Record<string, string>>): TokenRequest {
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString()
  return { body, headers: {} }
}

async function both(asked: TokenRequest) {
  const [plain, engine] = [await plainly(asked), await byEngine(asked)]
  return [plain.answer, engine.answer] as const
}

function plainly(asked: TokenRequest) {
  return ask({ url, tenant }, asked, 'plain')
}

function byEngine(asked: TokenRequest) {
  return ask({ url, tenant }, asked, 'engine')
}

async function register(
  profile: 'service' | 'web',
  metadata: NonNullable<Parameters<World['app']['clients']['create']>[1]['metadata']>,
): Promise<Registered> {
  const made = await world.app.clients.create(world.internalContext(tenant), {
    profile,
    name: 'Worker',
    metadata: { ...metadata, token_endpoint_auth_method: 'client_secret_post' },
  })
  return { id: made.client.id, secret: (made.secret as Secret<string>).reveal() }
}
