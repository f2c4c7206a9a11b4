import * as oidc from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isTokenLive } from '../../../src/domains/oauth/engine/is-token-live.ts'
import { days, hours } from '../../../src/kernel/index.ts'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { API } from '../../support/oauth-grants.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { Browser, fetchFrom, hiddenField } from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

const ADDRESS = 'https://agent.example/client.json'
const CALLBACK = 'https://agent.example/callback'
const GOOD = {
  client_id: ADDRESS,
  client_name: 'Agent',
  redirect_uris: [CALLBACK],
  scope: 'openid read',
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
}
const BY_KEY = {
  token_endpoint_auth_method: 'private_key_jwt',
  jwks_uri: 'https://agent.example/keys.json',
}
const MACHINE = 'client_credentials'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
let answer: () => Response
let asked: string[]
let world: World
let tenant: Tenant
let closed: Tenant
let ana: Actor

beforeAll(async () => {
  world = await openWorld({
    clock: new RunningClock(),
    fetch: async (input) => {
      asked.push(input instanceof Request ? input.url : input.toString())
      return answer()
    },
  })
  tenant = await world.tenant(undefined, { audiences: [API], client_documents: 'allowed' })
  closed = await world.tenant(undefined, { audiences: [API] })
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
})
beforeEach(() => {
  asked = []
  answer = () => Response.json(GOOD)
})
afterAll(() => world.close())

async function discover(at: Tenant, clientId = ADDRESS): Promise<oidc.Configuration> {
  const fetch = fetchFrom(world)
  const config = await oidc.discovery(new URL(at.issuer), clientId, undefined, oidc.None(), {
    execute: [oidc.allowInsecureRequests],
    [oidc.customFetch]: fetch,
  })
  config[oidc.customFetch] = fetch
  return config
}

async function begin(config: oidc.Configuration, more: Record<string, string> = {}) {
  const verifier = oidc.randomPKCECodeVerifier()
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid read',
    resource: API,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  })
  return { verifier, url }
}

/** The user allows. */
async function signIn(config: oidc.Configuration) {
  const browser = new Browser(world, ana)
  const { url, verifier } = await begin(config)
  const page = await browser.follow(url.href)
  if (page.headers.location !== undefined)
    return { page, verifier, location: page.headers.location }
  const action = /action="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const csrf_token = hiddenField(page.body, 'csrf_token')
  const onward = await browser.open(action, { csrf_token, decision: 'allow' })
  const end = await browser.follow(/url=([^"]+)"/.exec(onward.body)?.[1] ?? '')
  return { page, verifier, location: end.headers.location ?? '' }
}

describe('a client whose client_id is the address of its document', () => {
  it('asks the user, who sees where it comes from, and gets tokens', async () => {
    const config = await discover(tenant)
    expect(config.serverMetadata()['client_id_metadata_document_supported']).toBe(true)

    const { page, verifier, location } = await signIn(config)
    expect(page.body).toContain('Agent (agent.example)')
    const tokens = await oidc.authorizationCodeGrant(
      config,
      new URL(location),
      { pkceCodeVerifier: verifier },
      { resource: API },
    )
    expect(tokens.claims()).toMatchObject({ sub: ana.userId, aud: ADDRESS })
    expect(decodeClaims(tokens.access_token)).toMatchObject({ client_id: ADDRESS, aud: API })
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
    const context = world.internalContext(tenant)
    const services = { database: world.database, sessions: world.app.sessions }
    expect(await isTokenLive(services, context, decodeClaims(refreshed.access_token))).toBe(true)
    expect(asked).toEqual([ADDRESS])

    await oidc.tokenRevocation(config, refreshed.access_token)
    expect(await isTokenLive(services, context, decodeClaims(refreshed.access_token))).toBe(false)
    const connected = await ana.call('GET', '/api/auth/connected-applications')
    expect(connected.body).toContain('Agent (agent.example)')
  })

  it('is asked again after an hour, and may be away for a day', async () => {
    const config = await discover(tenant)
    await signIn(config)
    asked = []
    world.clock.advance(hours(2))
    await ana.signInWithCookie()
    answer = () => new Response(null, { status: 503 })

    expect((await signIn(config)).location).toMatch(/code=/)
    expect(asked.length).toBeGreaterThan(0)
    world.clock.advance(hours(23))
    await ana.signInWithCookie()
    const { url } = await begin(config)
    expect((await new Browser(world, ana).follow(url.href)).statusCode).toBe(400)
  })

  it('can be disabled by an administrator', async () => {
    const config = await discover(tenant)
    const context = world.internalContext(tenant)
    const page = { after: undefined, limit: 10 }
    const [client] = await world.app.clients.list(context, page)
    if (client === undefined) throw new Error('no client')
    await world.app.clients.update(context, { id: client.id }, { status: 'disabled' })

    const { url } = await begin(config)
    expect((await new Browser(world, ana).open(url.href)).statusCode).toBe(400)
    await world.app.clients.update(context, { id: client.id }, { status: 'active' })
  })
})

describe('a document is refused', () => {
  const refused = async (at: Tenant, address: string) => {
    const { url } = await begin(await discover(at, address))
    const page = await new Browser(world, ana).follow(url.href)
    expect([page.statusCode, page.headers.location]).toEqual([400, undefined])
  }

  it('by a tenant that takes none, and that asks nobody then', async () => {
    const config = await discover(closed)
    expect(config.serverMetadata()['client_id_metadata_document_supported']).toBeUndefined()

    await refused(closed, ADDRESS)
    expect(asked).toEqual([])
  })

  it.each([
    ['http://agent.example/client.json'],
    ['https://agent.example/'],
    ['https://agent.example/a/../client.json'],
    ['https://user@agent.example/client.json'],
    ['https://agent.example/client.json#x'],
  ])('at %s, without asking', async (address) => {
    await refused(tenant, address)

    expect(asked).toEqual([])
  })

  it.each<[string, object | Response]>([
    ['for another address', { client_id: 'https://evil.example/client.json' }],
    ['with a secret', { client_secret: 'x' }],
    ['with a method that needs a secret', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['with a script as redirect', { redirect_uris: ['javascript:alert(1)'] }],
    ['with another redirect', { redirect_uris: ['https://agent.example/other'] }],
    ['that wants tokens without a user', { grant_types: ['client_credentials'] }],
    ['that wants such tokens, too', { ...BY_KEY, grant_types: ['authorization_code', MACHINE] }],
    ['that would exchange tokens', { ...BY_KEY, grant_types: ['authorization_code', EXCHANGE] }],
    ['that is an error', new Response('{}', { status: 404 })],
    ['that is no JSON', new Response('<html>')],
    ['that is nothing', Response.json(null)],
  ])('%s', async (what, said) => {
    const address = `https://agent.example/${encodeURIComponent(what).replaceAll('%', '')}.json`
    answer = () =>
      said instanceof Response ? said : Response.json({ ...GOOD, client_id: address, ...said })

    await refused(tenant, address)
  })
})

it('says nothing of what only an administrator may say', async () => {
  const address = 'https://agent.example/greedy.json'
  const greedy = {
    serves_resources: [API],
    subject_type: 'pairwise',
    access_token_lifetime_seconds: 3600,
    resources: [tenant.issuer],
    first_party: true,
    tls_client_auth_san_dns: 'agent.example',
  }
  answer = () => Response.json({ ...GOOD, client_id: address, ...greedy })
  const { page } = await signIn(await discover(tenant, address))
  expect(page.body).toContain('Agent (agent.example)')

  const context = world.internalContext(tenant)
  const clients = await world.app.clients.list(context, { after: undefined, limit: 50 })
  const kept = clients.find(({ metadata }) => metadata.scope === GOOD.scope)
  expect(kept?.isFirstParty).toBe(false)
  for (const client of clients) {
    expect(client.metadata.resources).toEqual([API])
    for (const member of ['serves_resources', 'subject_type', 'access_token_lifetime_seconds']) {
      expect(client.metadata).not.toHaveProperty(member)
    }
  }
})

it('documents are asked for a few times a minute only', async () => {
  const strict = await openWorld({
    clock: new RunningClock(),
    env: { COUNTERSIGN_RATE_LIMIT_SCALE: '1' },
    fetch: async () => new Response(null, { status: 404 }),
  })
  const at = await strict.tenant(undefined, { client_documents: 'allowed' })
  const statuses: number[] = []
  for (let n = 0; n < 32; n++) {
    const query = new URLSearchParams({
      client_id: `https://a.example/${n}`,
      response_type: 'code',
    })
    const answered = await strict.app.http.inject({
      url: `/t/${at.slug}/oauth/authorize?${query.toString()}`,
    })
    statuses.push(answered.statusCode)
    if (answered.statusCode !== 429) continue
    expect(Number(answered.headers['retry-after'])).toBeGreaterThan(1)
    expect(answered.json()).toEqual({ error: 'temporarily_unavailable' })
  }
  await strict.close()

  expect(statuses.filter((status) => status === 400)).toHaveLength(30)
  expect(statuses.filter((status) => status === 429)).toHaveLength(2)
})

it('clients that nobody uses are forgotten after a week, and no others', async () => {
  const idle = 'https://idle.example/client.json'
  answer = () => Response.json({ ...GOOD, client_id: idle, client_name: 'Idle' })
  const { url } = await begin(await discover(tenant, idle))
  await new Browser(world, ana).open(url.href)
  const context = world.internalContext(tenant)
  await world.app.clients.create(context, { profile: 'service', name: 'Registered' })
  const names = async () => {
    const clients = await world.app.clients.list(context, { after: undefined, limit: 50 })
    return clients.map(({ name }) => name)
  }
  const used = ['Agent (agent.example)', 'Registered']

  world.clock.advance(days(6))
  await world.app.oauth.purge(context)
  expect(await names()).toEqual(expect.arrayContaining([...used, 'Idle (idle.example)']))
  world.clock.advance(days(2))
  await world.app.oauth.purge(context)
  expect(await names()).toEqual(expect.arrayContaining(used))
  expect(await names()).not.toContain('Idle (idle.example)')
})
